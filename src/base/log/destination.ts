/** Takes whole lines: a stream, or an `Outlet`. */
export interface LogDestination {
  write(text: string): unknown
}
