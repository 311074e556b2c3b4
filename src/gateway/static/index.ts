export { FileDelivery, type FileDeliveryOptions } from './file-delivery.ts'
export type { FileSink, SendOptions } from './file-sender.ts'
export { type FileTableOptions, isNextBuild, type StaticFile } from './file-table.ts'
export { createStaticSite, type StaticMatch, type StaticSite, type StaticSiteOptions } from './site.ts'
