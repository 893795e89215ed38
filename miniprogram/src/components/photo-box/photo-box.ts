import { faultOf } from '../../lib/api'
import { newKey } from '../../lib/once'
import { choosePhotos, fetchFile, upload } from '../../lib/photos'

interface Shown { id: string; path: string; problem: string }

const MOST = 9

/** Photos that go with a text. It tells `change` with the ids of those that the server has. */
Component({
  properties: {
    label: { type: String, value: '照片' },
    ids: { type: Array, value: [] as string[] },
    fixed: Boolean, // only to be looked at
  },
  data: { shown: [] as Shown[], most: MOST, busy: false },
  observers: {
    ids(ids: string[]) {
      void this.bring(ids)
    },
  },
  methods: {
    async bring(ids: string[]) {
      const known = new Map(this.data.shown.map((s) => [s.id, s]))
      const shown = await Promise.all(ids.map(async (id) => known.get(id) ?? { id, path: await fetchFile(id).catch(() => ''), problem: '' }))
      this.setData({ shown })
    },

    async add() {
      if (this.data.busy) return
      this.setData({ busy: true })
      for (const path of await choosePhotos(MOST - this.data.shown.length)) {
        try {
          const id = await upload(path, newKey())
          this.setData({ shown: [...this.data.shown, { id, path, problem: '' }] })
          this.tell()
        } catch (err) {
          const fault = faultOf(err)
          void wx.showModal({ content: fault.fields[0]?.message ?? fault.message, showCancel: false, confirmText: '知道了' })
        }
      }
      this.setData({ busy: false })
    },

    look(event: WechatMiniprogram.TouchEvent) {
      const urls = this.data.shown.map((s) => s.path).filter(Boolean)
      const current = this.data.shown[(event.currentTarget.dataset as { index: number }).index]?.path
      if (current) void wx.previewImage({ urls, current })
    },

    remove(event: WechatMiniprogram.TouchEvent) {
      const { index } = event.currentTarget.dataset as { index: number }
      this.setData({ shown: this.data.shown.filter((_, i) => i !== index) })
      this.tell()
    },

    tell() {
      this.triggerEvent('change', { ids: this.data.shown.map((s) => s.id) })
    },
  },
})
