export { serveOrders } from './serve-orders.ts'
export { THREAD_ARROWS, type ThreadOptions, type ThreadState, WorkThread } from './work-thread.ts'
