import { api } from '../../lib/api'
import { look, setElder } from '../../lib/look'
import { page } from '../../lib/page'
import { login, person } from '../../lib/session'
import { goHome, goTo, tabs } from '../../lib/tabs'

/**
 * What stands before the first use: what is kept, in a few words, to agree to
 * or not. Somebody who does not can look around; nothing is asked of the
 * server for them but what anybody may read. `to` is where to go on.
 */
page({
  data: { elder: false },
  to: '',

  onLoad({ to = '' }: { to?: string }) {
    this.to = decodeURIComponent(to)
    this.setData({ elder: look().elder })
  },

  toggleElder() {
    setElder(!this.data.elder)
    this.setData({ elder: look().elder })
  },

  async agree() {
    await this.act(async () => {
      await login()
      const me = await api.get('/me')
      if (!me.consented) await api.post('/me/consents', { body: { version: me.privacy_version } })
      if (this.to && person()?.kind !== 'advisor') void wx.redirectTo({ url: this.to })
      else if (getCurrentPages().length > 1 && person()?.kind !== 'advisor') void wx.navigateBack()
      else goHome()
    })
  },

  lookAround() {
    wx.setStorageSync('looking', true)
    if (getCurrentPages().length > 1) void wx.navigateBack()
    else goTo(tabs()[0]!)
  },

  readAll() {
    void wx.navigateTo({ url: '/pages/privacy/privacy' })
  },
})
