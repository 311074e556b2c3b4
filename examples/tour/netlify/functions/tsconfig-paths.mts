import { phraseOfTheDay } from '@lib/phrases'

export default async () => new Response(phraseOfTheDay(new Date()))
