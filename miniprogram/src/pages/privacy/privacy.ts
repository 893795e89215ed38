import { api } from '../../lib/api'
import { page, sure, tell } from '../../lib/page'
import { loggedIn } from '../../lib/session'

interface Line { at: number; kind: 'title' | 'section' | 'item' | 'text'; words: string }

/** The privacy text in full, to agree to or to withdraw from. With `agree` it was asked for on the way to something else. */
page({
  data: { lines: [] as Line[], version: '', loggedIn: false, consented: false, asked: false },

  onLoad({ agree = '' }: { agree?: string }) {
    this.setData({ asked: agree !== '', loggedIn: loggedIn() })
    void this.fill()
  },

  async load(): Promise<void> {
    const [text, me] = await Promise.all([api.get('/privacy'), loggedIn() ? api.get('/me') : null])
    this.setData({ lines: linesOf(text.text), version: text.version, consented: me?.consented ?? false })
  },

  async agree() {
    await this.act(async () => {
      await api.post('/me/consents', { body: { version: this.data.version } })
      this.setData({ consented: true })
      if (this.data.asked) void wx.navigateBack()
    })
  },

  async withdraw() {
    if (!(await sure('撤回以后不能再预约，已经约好的不受影响。公开的信息照样能看。', '撤回同意'))) return
    await this.act(async () => {
      await api.delete('/me/consents/{version}', { path: { version: this.data.version } })
      this.setData({ consented: false })
      tell('已撤回。想再预约时，可以在这里重新同意。')
    })
  },
})

/** The few forms of Markdown that the text is written in. */
function linesOf(markdown: string): Line[] {
  return markdown.split('\n').filter((l) => l.trim() !== '').map((l, at) => {
    const words = l.replace(/^(#+|-)\s*/, '').replace(/\*\*/g, '')
    const kind = l.startsWith('## ') ? 'section' : l.startsWith('# ') ? 'title' : l.startsWith('- ') ? 'item' : 'text'
    return { at, kind, words }
  })
}
