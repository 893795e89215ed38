import { sendWaiting } from './lib/outbox'
import { loggedIn } from './lib/session'
import { refreshUnread } from './lib/unread'

App({
  onLaunch() {
    wx.onNetworkStatusChange(({ isConnected }) => {
      if (isConnected) void sendWaiting()
    })
  },

  onShow() {
    if (!loggedIn()) return
    void sendWaiting()
  },
})
