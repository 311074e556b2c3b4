import type { Attack } from '../attack.ts'
import { CLIENT_ATTACKS } from './clients.ts'
import { PROCESS_ATTACKS } from './processes.ts'
import { SERVICE_ATTACKS } from './services.ts'

export const ATTACKS: readonly Attack[] = [...CLIENT_ATTACKS, ...SERVICE_ATTACKS, ...PROCESS_ATTACKS]
