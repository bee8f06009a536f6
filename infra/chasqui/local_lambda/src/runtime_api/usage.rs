//! What a process has cost so far, as Linux tells in `/proc`. Elsewhere there are no figures.

use std::time::Duration;

/// Length of one tick of `utime` and `stime`: user space always sees 100 a second (`USER_HZ`, proc(5)).
const TICK: Duration = Duration::from_millis(10);

/// Processor time and memory of one process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Usage {
    /// User and system time of all its threads, to 10 ms.
    pub cpu: Duration,
    /// The most resident memory it has held, in bytes.
    pub peak_memory: u64,
}

impl Usage {
    /// Reads a living (or unreaped) process; `None` once it is gone.
    pub fn of(pid: u32) -> Option<Self> {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
        Some(Self { cpu: cpu(&stat)?, peak_memory: peak_memory(&status).unwrap_or(0) })
    }
}

/// Fields 14 and 15 of `stat`. The second field, the program's name, may hold spaces and brackets: count from its end.
fn cpu(stat: &str) -> Option<Duration> {
    let (_, after_name) = stat.rsplit_once(')')?;
    let mut fields = after_name.split_whitespace().skip(11);
    let (user, system): (u32, u32) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
    Some(TICK * user.checked_add(system)?)
}

/// `VmHWM` of `status`, which is in kB; absent from a process that has exited and waits to be reaped.
fn peak_memory(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok().map(|kilobytes| kilobytes * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_with_brackets_do_not_shift_the_fields() {
        let stat = "42 (a) b (c)) S 1 42 42 0 -1 4194560 100 0 0 0 7 5 0 0 20 0 1 0 100 0 0";
        assert_eq!(cpu(stat), Some(Duration::from_millis(120)));
        assert_eq!(cpu("42 no brackets"), None);
        assert_eq!(cpu("42 (short) S 1"), None);
    }

    #[test]
    fn memory_is_read_in_bytes() {
        assert_eq!(peak_memory("VmPeak:\t 9 kB\nVmHWM:\t    1234 kB\n"), Some(1_263_616));
        assert_eq!(peak_memory("State: Z (zombie)"), None);
    }

    #[test]
    fn this_process_has_used_something() {
        let usage = Usage::of(std::process::id()).unwrap();
        assert!(usage.peak_memory > 100_000, "{usage:?}");
        assert_eq!(Usage::of(u32::MAX), None);
    }
}
