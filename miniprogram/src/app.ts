import { followNetwork, hasNetwork, networkChanged } from './lib/network'
import { sendWaiting } from './lib/outbox'
import { loggedIn } from './lib/session'

App({
  onLaunch() {
    followNetwork()
    networkChanged.listen(() => {
      if (hasNetwork()) void sendWaiting()
    })
  },

  onShow() {
    if (loggedIn()) void sendWaiting()
  },
})
