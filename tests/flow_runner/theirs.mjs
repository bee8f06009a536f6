// Holds the conversations with @floip/flow-runner (MIT, https://github.com/FLOIP/flow-runner).
//
//   node theirs.mjs             what is shown, a line of JSON a conversation
//   node theirs.mjs <seconds>   how long it takes, as one line of JSON
//
// A host keeps what a person has said between two messages, so the context is written and read back each time, without
// the flow itself, which the host has anyway.

import { readFileSync } from 'node:fs'
import runner from '@floip/flow-runner'

const { createContextDataObjectFor, FlowRunner, ResourceResolver, SupportedMode } = runner
const read = name => JSON.parse(readFileSync(new URL(name, import.meta.url), 'utf8'))
const { flows, resources } = read('flow.json')
const { contact, conversations } = read('conversations.json')
console.info = console.warn = () => {} // it remarks on each message

/** Runs until something is asked. Gives what is shown, and what is to be stored; nothing when it is over. */
async function sprint(context, answer) {
  const shown = []
  const flow = new FlowRunner(context)
  let cursor
  if (context.cursor == null) {
    cursor = await flow.run()
  } else {
    const { prompt } = flow.hydrateRichCursorFrom(context)
    cursor = await prompt.fulfill(answer)
  }
  while (cursor != null) {
    const { kind, prompt, choices } = cursor.prompt.config
    const text = id => new ResourceResolver(context).resolve(id).getText()
    const titles = (choices ?? []).map(({ value }) => text(value))
    shown.push([text(prompt), ...titles].join(' | '))
    if (kind !== 'Message') break
    cursor = await cursor.prompt.fulfill(null)
  }
  const stored = cursor && JSON.stringify({ ...context, flows: undefined, resources: undefined })
  return { shown, stored }
}

async function talk(answers, told) {
  const now = new Date().toISOString()
  const person = { ...contact, created_at: now, groups: [] }
  const begin = await createContextDataObjectFor(
    person, [], 'user', 'org', flows, 'eng', SupportedMode.RICH_MESSAGING, resources
  )
  let { shown, stored } = await sprint(begin)
  told?.push(shown)
  for (const answer of answers) {
    const context = { ...JSON.parse(stored), flows, resources }
    ;({ shown, stored } = await sprint(context, answer.choice ?? answer.number ?? answer.text))
    told?.push(shown)
  }
  return { sprints: answers.length + 1, over: stored === undefined }
}

const seconds = Number(process.argv[2] ?? 0)
if (seconds === 0) {
  for (const answers of conversations) {
    const told = []
    const { over } = await talk(answers, told)
    console.log(JSON.stringify({ told, over }))
  }
} else {
  const hold = async duration => {
    const until = performance.now() + duration * 1000
    let sprints = 0
    while (performance.now() < until) {
      for (const answers of conversations) sprints += (await talk(answers)).sprints
    }
    return sprints
  }
  await hold(2) // until the compiler of the engine has seen it all
  const [began, cpu] = [performance.now(), process.cpuUsage()]
  const sprints = await hold(seconds)
  const { user, system } = process.cpuUsage(cpu)
  const result = { sprints, seconds: (performance.now() - began) / 1000, cpu_seconds: (user + system) / 1e6 }
  console.log(JSON.stringify({ ...result, memory_mb: process.memoryUsage().rss / 1048576 }))
}
