// Imports built functions as an instance would, one after the other, and prints what they answer as one JSON array.
// Started by support.ts with a list of { entry, cwd, format, url, event, call }.
import { pathToFileURL } from 'node:url'

const answers = []
for (const job of JSON.parse(process.argv[2])) {
  process.chdir(job.cwd)
  try {
    answers.push(await run(job))
  } catch (error) {
    answers.push({ error: String(error.message), stack: String(error.stack) })
  }
}
process.stdout.write(JSON.stringify(answers))

async function run({ entry, format, url, event }) {
  const module = await import(pathToFileURL(entry).href)
  if (format === 'web') {
    const handler = module.default?.default ?? module.default
    const response = await handler(new Request(url), {})
    return { body: await response.text() }
  }
  const handler = module.handler ?? module.default?.handler
  const { body } = await handler(event, {})
  return { body }
}
