export { launchNative, type NativeOptions } from './native-process.ts'
