export { FormReader } from './form-reader.ts'
export type { FormOrder, FormReading } from './read-form.ts'
