import type { Log } from '../../base/log/index.ts'
import type { RequestHead } from '../http/index.ts'
import { ContentHashes } from './content-hashes.ts'
import { EncodedFiles } from './encoded-files.ts'
import { FileSender, type FileSink, type SendOptions } from './file-sender.ts'
import type { StaticFile } from './file-table.ts'

export interface FileDeliveryOptions {
  /** Where compressed copies are kept, and how many bytes of them. Without it files are compressed only if they lie so. */
  copies?: { dir: string; maxBytes: number; log: Log }
}

/** Sends the files of all sites of a host: what it knows of their content, it knows once. */
export class FileDelivery {
  readonly #hashes = new ContentHashes()
  /** Undefined: nothing is compressed. */
  readonly copies: EncodedFiles | undefined

  constructor({ copies }: FileDeliveryOptions = {}) {
    if (copies !== undefined && copies.maxBytes > 0)
      this.copies = new EncodedFiles({ ...copies, hashes: this.#hashes })
  }

  /** Answers GET or HEAD with a file, through `sink` or `options.onMissing`. Does not throw. */
  send(file: StaticFile, head: RequestHead, sink: FileSink, options: SendOptions): void {
    const sources = { hashes: this.#hashes, encoded: this.copies }
    void new FileSender(file, head, sink, options, sources).send()
  }

  /** Copies that are being made are given up. */
  async close(): Promise<void> {
    await this.copies?.close()
  }
}
