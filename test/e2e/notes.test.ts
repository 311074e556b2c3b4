import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { launchBrowser } from '../helpers/browser.ts'
import { type Roost, startRoost } from '../helpers/roost.ts'
import { temporaryFolder } from '../helpers/temporary-folder.ts'

// The example as a newcomer has it, with a real browser: what is written stays, also when the server restarts.
let data: string
let roost: Roost
let browser: Browser
const serve = (): Promise<Roost> => startRoost(['serve', 'examples/notes', '--port', '0', '--data', data])

beforeAll(async () => {
  data = temporaryFolder('notes')
  ;[roost, browser] = await Promise.all([serve(), launchBrowser()])
})

afterAll(async () => {
  await browser?.close()
  await roost?.stop()
})

async function open(problems: string[]): Promise<Page> {
  const page = await browser.newPage()
  page.on('pageerror', (error) => problems.push(error.message))
  page.on('console', (message) => message.type() === 'error' && problems.push(message.text()))
  await page.goto(roost.url)
  await page.waitForSelector('body[data-ready]')
  return page
}

async function write(page: Page, text: string): Promise<void> {
  await page.getByLabel('A new note').fill(text)
  await page.getByRole('button', { name: 'Keep it' }).click()
  await page.locator('li p', { hasText: text }).waitFor()
}

const readNotes = (page: Page): Promise<string[]> => page.locator('li p').allTextContents()

it('keeps notes, shows them to others, deletes them, and has them after a restart', async () => {
  const problems: string[] = []
  const page = await open(problems)
  expect(await page.getByText('Nothing here yet.').isVisible()).toBe(true)
  await write(page, 'Buy oat milk')
  await write(page, 'Ärger & <b>no markup</b>\nsecond line')
  expect(await readNotes(page)).toEqual(['Ärger & <b>no markup</b>\nsecond line', 'Buy oat milk'])
  expect(await page.getByLabel('A new note').inputValue()).toBe('')

  const other = await open(problems)
  expect(await readNotes(other)).toHaveLength(2)
  await other.locator('li', { hasText: 'oat milk' }).getByRole('button', { name: 'Delete' }).click()
  await other.locator('li p', { hasText: 'oat milk' }).waitFor({ state: 'detached' })

  await roost.stop()
  roost = await serve()
  const again = await open(problems)
  expect(await readNotes(again)).toEqual(['Ärger & <b>no markup</b>\nsecond line'])
  expect(problems).toEqual([])
})

it('tells the visitor what is wrong with a note', async () => {
  const page = await open([])
  // Past the page's own check, as from another client.
  await page.evaluate(() => document.querySelector('textarea')!.removeAttribute('required'))
  await page.getByRole('button', { name: 'Keep it' }).click()
  await page.getByRole('alert').filter({ hasText: 'A note has 1 to 5000 characters.' }).waitFor()
})

it('deletes no note when none is named', async () => {
  const url = `${roost.url}/api/notes`
  const note = await (await fetch(url, { method: 'POST', body: JSON.stringify({ text: 'stays' }) })).json()
  expect((await fetch(url, { method: 'DELETE' })).status).toBe(400)
  expect(await (await fetch(url)).json()).toContainEqual(note)
})
