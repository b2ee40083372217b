export { type FileLockOptions, withFileLock } from "./fileLock.js";
export { WriteError, writeFileAtomic } from "./writeFileAtomic.js";
