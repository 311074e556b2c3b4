export { launchNative, type NativeOptions } from './native-process.ts'
export { deriveHeapMb, Translator } from './translator.ts'
