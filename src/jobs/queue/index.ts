export {
  createMemoryQueue,
  type MemoryQueue,
  type MemoryQueueOptions,
  NETLIFY_DELAYS_MS,
} from './memory-queue.ts'
