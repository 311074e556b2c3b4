const PHRASES = ['Onde fica a estação?', 'Un café, por favor.', 'Où est le musée ?', 'Einmal Berlin, bitte.']

export function phraseOfTheDay(date: Date): string {
  const day = Math.floor(date.getTime() / 86_400_000)
  return `Learn this today: ${PHRASES[day % PHRASES.length]}`
}
