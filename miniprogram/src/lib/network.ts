import { Signal } from './signal'

/** Whether the phone has a network, as WeChat sees it. */

export const networkChanged = new Signal()

let connected = true

export function hasNetwork(): boolean {
  return connected
}

/** Begins to follow the network; once, when the program starts. */
export function followNetwork(): void {
  const become = (now: boolean): void => {
    if (now === connected) return
    connected = now
    networkChanged.tell()
  }
  wx.getNetworkType({ success: ({ networkType }) => become(networkType !== 'none') })
  wx.onNetworkStatusChange(({ isConnected }) => become(isConnected))
}
