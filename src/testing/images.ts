// Data sets in memory, for tests.

/** What a data set without files says of the files of its images. */
export const unfiled = { fileOf: () => 'memory', bytesOf: async () => new Uint8Array() };
