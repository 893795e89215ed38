// The event channel between a page and the one that it opens.
type Listener = (...args: unknown[]) => void

export class Channel {
  private readonly listeners = new Map<string, Listener[]>()
  private peer: Channel = this

  /** pair makes the two ends: what one emits, the other hears. */
  static pair(): [Channel, Channel] {
    const [here, there] = [new Channel(), new Channel()]
    here.peer = there
    there.peer = here
    return [here, there]
  }

  on(name: string, listener: Listener) {
    this.listeners.set(name, [...(this.listeners.get(name) ?? []), listener])
  }

  once(name: string, listener: Listener) {
    const wrapped = (...args: unknown[]) => {
      this.off(name, wrapped)
      listener(...args)
    }
    this.on(name, wrapped)
  }

  off(name: string, listener?: Listener) {
    this.listeners.set(name, listener ? (this.listeners.get(name) ?? []).filter((known) => known !== listener) : [])
  }

  emit(name: string, ...args: unknown[]) {
    for (const listener of this.peer.listeners.get(name) ?? []) listener(...args)
  }
}
