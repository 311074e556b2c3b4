import { expect, it } from 'vitest'
import { rememberNames } from './known-names.ts'

function count() {
  const asked: string[] = []
  const judge = rememberNames((name) => {
    asked.push(name)
    return name.toLowerCase()
  })
  return { asked, judge }
}

it('judges a name once, as it is written', () => {
  const { asked, judge } = count()
  expect([judge('Accept'), judge('Accept'), judge('ACCEPT')]).toEqual(['accept', 'accept', 'accept'])
  expect(asked).toEqual(['Accept', 'ACCEPT'])
})

it('remembers a thousand names and no long ones: who sends more has them judged each time', () => {
  const { asked, judge } = count()
  const long = 'x'.repeat(65)
  for (const name of [long, long]) judge(name)
  for (let i = 0; i < 1001; i++) judge(`x-${i}`)
  asked.length = 0
  for (const name of [long, 'x-0', 'x-999', 'x-1000']) judge(name)
  expect(asked).toEqual([long, 'x-1000'])
})

it('takes no name beyond Latin-1 for another one', () => {
  const { judge } = count()
  judge('\u0141')
  judge('\ud800')
  expect(judge('A')).toBe('a')
})
