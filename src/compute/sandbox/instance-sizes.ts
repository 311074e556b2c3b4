/** Room in an instance's `/tmp`, as on AWS. A file system in memory, where it is one of its own. */
export const TMP_BYTES = 512 * 1024 * 1024

/** Room in its `/dev/shm`, which counts as its memory: what container engines give. */
export const SHM_BYTES = 64 * 1024 * 1024

/** Processes that one instance may have, its own threads included: Node alone has about a dozen. */
export const MAX_PROCESSES = 96
