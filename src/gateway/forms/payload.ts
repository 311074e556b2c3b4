/** An uploaded file, as functions see it. Its content is in the URL: nothing is stored (D101). */
export interface UploadedFile {
  filename: string
  size: number
  type: string
  url: string
}

export type FieldValue = string | UploadedFile

/** What a function is told beside the fields. */
export interface Submission {
  ip: string
  userAgent: string | undefined
  referrer: string | undefined
  createdAt: string
  siteUrl: string
}

/**
 * What `submission-created` gets (dev-and-edge.md §5.5), as JSON. Fields of the same name become a list. Names are keys as
 * they came, `__proto__` too: in JSON it is a name like any other. In the lists for people a file stands as its name, since
 * its content as a URL would be there three times.
 */
export function toPayload(fields: ReadonlyMap<string, FieldValue[]>, submission: Submission): string {
  const { ip, userAgent, referrer, createdAt, siteUrl } = submission
  const all = [...fields]
  const shown = all.map(([name, values]) => ({
    title: capitalize(name),
    name,
    value: unwrap(values.map((value) => (typeof value === 'string' ? value : value.filename))),
  }))
  const known = { ip, user_agent: userAgent, referrer }
  return JSON.stringify({
    payload: {
      ...readPerson(fields),
      data: Object.fromEntries([
        ...all.map(([name, values]) => [name, unwrap(values)]),
        ...Object.entries(known).filter(([, value]) => value !== undefined),
      ]),
      created_at: createdAt,
      human_fields: Object.fromEntries(shown.map(({ title, value }) => [title, value])),
      ordered_human_fields: shown,
      site_url: siteUrl,
    },
  })
}

/** Names that a field may have, in any case, to count as one of these. */
const PERSON = {
  company: ['company', 'business', 'employer'],
  last_name: ['lastname', 'surname', 'byname'],
  first_name: ['firstname', 'givenname', 'forename'],
  name: ['name', 'fullname'],
  email: ['email', 'mail', 'from', 'twitter', 'sender'],
  title: ['title', 'subject'],
}

/** Left out: what the form does not ask for. */
function readPerson(fields: ReadonlyMap<string, FieldValue[]>): Record<string, unknown> {
  const person: Record<string, unknown> = {}
  for (const [key, names] of Object.entries(PERSON))
    for (const [name, values] of fields) {
      const texts = values.filter((value) => typeof value === 'string')
      if (texts.length === 0 || !names.includes(name.toLowerCase())) continue
      person[key] = unwrap(texts)
      break
    }
  return person
}

function unwrap<T>(values: readonly T[]): T | readonly T[] {
  return values.length === 1 ? values[0]! : values
}

function capitalize(name: string): string {
  return name.replace(/(?:^|\s)\w/g, (start) => start.toUpperCase())
}
