import type { EventAnswer, EventKind } from './kind.ts'
import { type Fields, requireObject, requireStrings } from './payload.ts'

/**
 * Events about a user of Netlify Identity (runtime.md §9.4): the handler may refuse with `deny()` or return a changed
 * user. A deletion has happened already: nothing can be refused or changed.
 */
export function identityEvent(handlerName: string): EventKind {
  const isFinal = handlerName === 'userDeleted'
  return {
    handlerName,
    read(body) {
      const fields = requireObject(body, 'expected an object')
      const user = requireObject(fields.user, 'missing "user" object')
      requireStrings(user, 'user', ['id', 'email', 'created_at'])
      if (isFinal) return { argument: { user: toUser(user) }, answer: () => ({ status: 200 }) }
      let isDenied = false
      const deny = (): void => {
        isDenied = true
      }
      return {
        argument: { user: toUser(user), deny },
        answer: (result) => (isDenied ? { status: 401 } : answerWith(result)),
      }
    },
  }
}

/** @throws TypeError for a result that is neither nothing nor `{ user }`. */
function answerWith(result: unknown): EventAnswer {
  if (result === undefined || result === null) return { status: 200 }
  const { user } = result as { user?: unknown }
  if (typeof user !== 'object' || user === null)
    throw new TypeError(
      'An identity event handler must return nothing, or an object with the property "user"',
    )
  return { status: 200, json: toWire(user as Fields) }
}

/** Wire names of the user's plain fields; an empty string counts as none. */
const FIELDS = [
  ['id', 'id'],
  ['email', 'email'],
  ['createdAt', 'created_at'],
  ['updatedAt', 'updated_at'],
  ['confirmedAt', 'confirmed_at'],
  ['role', 'role'],
  ['invitedAt', 'invited_at'],
  ['confirmationSentAt', 'confirmation_sent_at'],
  ['recoverySentAt', 'recovery_sent_at'],
  ['pendingEmail', 'new_email'],
  ['emailChangeSentAt', 'email_change_sent_at'],
  ['lastSignInAt', 'last_sign_in_at'],
] as const
type Field = (typeof FIELDS)[number][0]

/** These pass through as they are. */
const VERBATIM: ReadonlySet<Field> = new Set(['id', 'email', 'createdAt', 'updatedAt'])

/** What handlers get as `User` of src/exports (test/types/runtime.ts compares the keys). */
export function toUser(raw: Fields) {
  const app = toRecord(raw.app_metadata)
  const own = toRecord(raw.user_metadata)
  const user = {} as Record<Field, unknown>
  for (const [name, wire] of FIELDS) user[name] = VERBATIM.has(name) ? raw[wire] : raw[wire] || undefined
  return {
    ...user,
    provider: app.provider || undefined,
    roles: isStringList(app.roles) ? app.roles : undefined,
    name: own.full_name || own.name || undefined,
    pictureUrl: own.avatar_url || undefined,
    userMetadata: own,
    appMetadata: app,
  }
}

function toWire(user: Fields): Fields {
  const wire: Fields = {}
  for (const [name, wireName] of FIELDS)
    wire[wireName] = wireName.endsWith('_at') ? (user[name] ?? null) : user[name]
  return {
    ...wire,
    app_metadata: { ...toRecord(user.appMetadata), ...pick({ provider: user.provider, roles: user.roles }) },
    user_metadata: {
      ...toRecord(user.userMetadata),
      ...pick({ full_name: user.name, avatar_url: user.pictureUrl }),
    },
  }
}

function toRecord(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {}
}

function isStringList(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string')
}

/** Without what is undefined. */
function pick(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}
