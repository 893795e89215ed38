Component({
  relations: {
    '../group/group': { type: 'ancestor' },
  },
  properties: { name: String },
  data: { on: false },
  methods: {
    tapped() {
      this.getRelationNodes('../group/group')[0].choose(this.data.name)
    },
  },
})
