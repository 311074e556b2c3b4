export { AnswerStore, type AnswerStoreOptions } from './answer-store.ts'
export { MAX_TAG_LENGTH } from './bounds.ts'
export type { KeptAnswer, NewAnswer, RequestHeaders } from './entry.ts'
export { readList, readTags, toTag } from './tags.ts'
