import { type Backlog, CountedBytes } from '../../base/memory/index.ts'
import type { CheckedHeaders } from '../http/index.ts'

/** An answer that is held back until it is whole (Lambda format, Go): its head, and the body as far as it has come. */
export class GatheredAnswer extends CountedBytes {
  readonly status: number
  readonly checked: CheckedHeaders

  constructor(status: number, checked: CheckedHeaders, backlog: Backlog, limitBytes: number) {
    super(backlog, limitBytes)
    this.status = status
    this.checked = checked
  }
}
