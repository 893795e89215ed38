Component({
  data: { at: '', badge: '' },
  pageLifetimes: {
    show() {
      const pages = getCurrentPages()
      this.setData({ at: pages[pages.length - 1].route })
    },
  },
  methods: {
    go(event: { currentTarget: { dataset: { path: string } } }) {
      void wx.switchTab({ url: `/${event.currentTarget.dataset.path}` })
    },
  },
})
