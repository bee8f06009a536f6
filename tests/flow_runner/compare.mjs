// Runs both, makes sure that they show the same, times them one after the other, and prints a table or JSON.

import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const folder = fileURLToPath(new URL('.', import.meta.url))
const options = process.argv.slice(2)
const seconds = options.find(option => /^\d+$/.test(option)) ?? '10'
const said = (program, ...more) => execFileSync(program, more, { encoding: 'utf8' }).trim()
const ours = (...more) => said(process.env.FLOW_RUNNER, folder, ...more)
const theirs = (...more) => said(process.execPath, `${folder}theirs.mjs`, ...more)

const [here, there] = [ours(), theirs()]
if (here !== there) {
  console.error(`They do not show the same.\n\nChasqui:\n${here}\n\nflow-runner:\n${there}`)
  process.exit(1)
}

const { version } = JSON.parse(readFileSync(`${folder}node_modules/@floip/flow-runner/package.json`, 'utf8'))
const measured = result => ({
  ...result,
  sprints_per_second: result.sprints / result.seconds,
  cpu_microseconds_per_sprint: result.cpu_seconds === null ? null : (result.cpu_seconds / result.sprints) * 1e6
})
const result = {
  chasqui: measured(JSON.parse(ours(seconds))),
  flow_runner: { version, node: process.versions.node, ...measured(JSON.parse(theirs(seconds))) }
}
const ratio = key => {
  const [mine, other] = [result.chasqui[key], result.flow_runner[key]]
  return mine === null || other === null ? null : Math.max(mine, other) / Math.min(mine, other)
}
const keys = ['sprints_per_second', 'cpu_microseconds_per_sprint', 'memory_mb']
result.ratio = Object.fromEntries(keys.map(key => [key, ratio(key)]))

if (options.includes('--json')) {
  console.log(JSON.stringify(result, null, 2))
} else {
  const number = value => (value === null ? '–' : value.toLocaleString('en', { maximumFractionDigits: value < 100 ? 1 : 0 }))
  const row = cells => console.log(cells[0].padEnd(28) + cells.slice(1).map(cell => cell.padStart(20)).join(''))
  row(['', 'chasqui', `flow-runner ${version}`, 'ratio'])
  for (const key of keys) {
    row([key.replaceAll('_', ' '), ...[result.chasqui[key], result.flow_runner[key], result.ratio[key]].map(number)])
  }
}
