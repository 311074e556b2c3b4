/** Events of the platform, and the handlers that a default export may have for them. */

export interface Deploy {
  id: string
  siteId: string
  buildId: string | null
  state: string
  errorMessage: string | null
  url: string
  sslUrl: string
  permalinkUrl: string
  adminUrl: string
  context: string
  branch: string | null
  commitRef: string | null
  commitUrl: string | null
  commitMessage: string | null
  committer: string | null
  title: string | null
  createdAt: string
  publishedAt: string | null
  /** Seconds that it took. */
  time: number | null
  /** Whether somebody uploaded it by hand. */
  manual: boolean
  framework: string | null
}

export interface DeploySite {
  id: string
  name: string
  url: string
  adminUrl: string
}

interface DeployEvent {
  deploy: Deploy
  site: DeploySite
}

type Maybe<T> = T | Promise<T>
type DeployHandler = (event: DeployEvent) => Maybe<void>

export type DeployBuildingEvent = DeployEvent
export type DeploySucceededEvent = DeployEvent
export type DeployFailedEvent = DeployEvent
export type DeployDeletedEvent = DeployEvent
export type DeployLockedEvent = DeployEvent
export type DeployUnlockedEvent = DeployEvent
export type DeployBuildingHandler = DeployHandler
export type DeploySucceededHandler = DeployHandler
export type DeployFailedHandler = DeployHandler
export type DeployDeletedHandler = DeployHandler
export type DeployLockedHandler = DeployHandler
export type DeployUnlockedHandler = DeployHandler

export interface FormSubmittedEvent {
  /** The submitted fields. */
  data: Record<string, string>
}
export type FormSubmittedHandler = (event: FormSubmittedEvent) => Maybe<void>

/** A user of Netlify Identity. */
export interface User {
  id: string
  email?: string
  confirmedAt?: string
  createdAt?: string
  updatedAt?: string
  role?: string
  provider?: string
  name?: string
  pictureUrl?: string
  roles?: string[]
  invitedAt?: string
  confirmationSentAt?: string
  recoverySentAt?: string
  pendingEmail?: string
  emailChangeSentAt?: string
  lastSignInAt?: string
  userMetadata?: Record<string, unknown>
  appMetadata?: Record<string, unknown>
}

interface UserEvent {
  user: User
}

interface DeniableUserEvent extends UserEvent {
  /** Refuses what the user wanted to do: 401. */
  deny(): undefined
}

/** Nothing to accept, or the user with changes. */
type UserHandler = (event: DeniableUserEvent) => Maybe<UserEvent | undefined>

export type UserValidateEvent = DeniableUserEvent
export type UserSignupEvent = DeniableUserEvent
export type UserLoginEvent = DeniableUserEvent
export type UserModifiedEvent = DeniableUserEvent
export type UserDeletedEvent = UserEvent
export type UserValidateHandler = UserHandler
export type UserSignupHandler = UserHandler
export type UserLoginHandler = UserHandler
export type UserModifiedHandler = UserHandler
export type UserDeletedHandler = (event: UserDeletedEvent) => Maybe<undefined>

/** The handlers of events in one object, beside `fetch` and `config`. */
export interface EventHandlers {
  deployBuilding?: DeployBuildingHandler
  deploySucceeded?: DeploySucceededHandler
  deployFailed?: DeployFailedHandler
  deployDeleted?: DeployDeletedHandler
  deployLocked?: DeployLockedHandler
  deployUnlocked?: DeployUnlockedHandler
  formSubmitted?: FormSubmittedHandler
  userValidate?: UserValidateHandler
  userSignup?: UserSignupHandler
  userLogin?: UserLoginHandler
  userModified?: UserModifiedHandler
  userDeleted?: UserDeletedHandler
}
