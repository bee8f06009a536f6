//! The clock. On AWS it is the system's. Where `CHASQUI_CLOCK` names a file, the milliseconds written in it are added:
//! that is how a phone on one machine lives through a day in a second. The file is read at every question, because it
//! moves while the function runs.

use std::path::PathBuf;

use jiff::{SignedDuration, Timestamp};

use crate::settings::Settings;

/// What time it is.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    offset_file: Option<PathBuf>,
}

impl Clock {
    /// The clock this process was given.
    pub fn new(settings: &Settings) -> Self {
        Self { offset_file: settings.optional("CHASQUI_CLOCK").map(PathBuf::from) }
    }

    /// Now.
    pub fn now(&self) -> Timestamp {
        let now = Timestamp::now();
        let Some(file) = &self.offset_file else { return now };
        let offset = std::fs::read_to_string(file).ok().and_then(|text| text.trim().parse().ok()).unwrap_or(0);
        now.saturating_add(SignedDuration::from_millis(offset)).unwrap_or(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_moves_the_clock_and_its_absence_does_not_stop_it() {
        let file = std::env::temp_dir().join(format!("clock-{}", std::process::id()));
        let settings = |path: &std::path::Path| {
            [("CHASQUI_CLOCK".to_owned(), path.display().to_string())].into_iter().collect::<Settings>()
        };
        std::fs::write(&file, "3600000\n").unwrap();
        let ahead = Clock::new(&settings(&file)).now().duration_since(Timestamp::now());
        std::fs::remove_file(&file).unwrap();
        assert!((3590..=3610).contains(&ahead.as_secs()), "{ahead}");
        let lost = Clock::new(&settings(&file)).now().duration_since(Timestamp::now());
        assert!(lost.as_secs().abs() < 10, "{lost}");
    }
}
