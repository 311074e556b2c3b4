export { ADMIN_CONNECTIONS, type AdminListener, type AdminOptions, openAdmin } from './admin.ts'
