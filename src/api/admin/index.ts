export { ADMIN_CONNECTIONS, type AdminListener, type AdminOptions, openAdmin } from './admin.ts'
export { type Explain, readAsked, WHY_PATH } from './why.ts'
