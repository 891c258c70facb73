// Shows the widgets of ipywidgets 7 in JupyterLab 4, whose own manager knows those of 8 alone.
//
// A kernel asks for its widgets' classes by module and version.  The classes of 8 can show what 7
// tells of its widgets, but for a few names that changed: here they are registered once more, under
// the versions of 7, with those names translated both ways.
//
// This is a module that JupyterLab loads as it is (a "federated extension"), made without a build.
(() => {
  const NAME = 'kagura-old-widgets';
  let shared;

  // The newest of what extensions have brought along for all, such as `@jupyter-widgets/base`.
  const load = async name => {
    const versions = Object.values(shared[name] ?? {});
    return versions.length ? (await versions[versions.length - 1].get())() : null;
  };

  // Tabs and accordions: 7 has titles by number, 8 a list of them.
  const titled = Model =>
    class extends Model {
      initialize(attributes, options) {
        super.initialize(attributes, options);
        const translate = () => {
          const old = this.get('_titles') ?? {};
          const children = this.get('children') ?? [];
          this.set('titles', children.map((_, number) => old[number] ?? ''));
        };
        this.on('change:_titles change:children', translate);
        translate();
      }
    };

  // The player of an animation: 7 has a `_` before two names.
  const playing = Model =>
    class extends Model {
      initialize(attributes, options) {
        super.initialize(attributes, options);
        for (const name of ['playing', 'repeat']) {
          const old = '_' + name;
          this.on('change:' + name, () => this.set(old, this.get(name)));
          this.on('change:' + old, () => this.set(name, this.get(old)));
          this.set(name, this.get(old) ?? this.get(name));
        }
      }
    };

  // Files: 7 has their bytes and what is known of them in lists of their own, and a counter.
  const uploading = Model =>
    class extends Model {
      initialize(attributes, options) {
        super.initialize(attributes, options);
        this.on('change:value', () => {
          const files = this.get('value') ?? [];
          this.set({
            data: files.map(file => file.content),
            metadata: files.map(({ name, type, size, last_modified }) => ({
              name,
              type,
              size,
              lastModified: last_modified
            })),
            _counter: files.length
          });
        });
      }
      // Bytes are sent as they are; unless told, all is sent as text.
      static serializers = { ...Model.serializers, data: { serialize: data => [...data] } };
      // The list of 8 is not known to the kernel.
      save_changes(callbacks) {
        if (this._buffered_state_diff) {
          delete this._buffered_state_diff.value;
        }
        super.save_changes(callbacks);
      }
    };

  const old = controls => ({
    ...controls,
    TabModel: titled(controls.TabModel),
    AccordionModel: titled(controls.AccordionModel),
    PlayModel: playing(controls.PlayModel),
    FileUploadModel: uploading(controls.FileUploadModel)
  });

  const plugins = async () => {
    const base = await load('@jupyter-widgets/base');
    if (!base) {
      return [];
    }
    return [
      {
        id: NAME + ':plugin',
        description: 'Registers the widgets of ipywidgets 7.',
        autoStart: true,
        requires: [base.IJupyterWidgetRegistry],
        activate: (_app, registry) => {
          registry.registerWidget({
            name: '@jupyter-widgets/base',
            version: '1.2.0',
            exports: base
          });
          registry.registerWidget({
            name: '@jupyter-widgets/controls',
            version: '1.5.0',
            exports: async () => old(await load('@jupyter-widgets/controls'))
          });
        }
      }
    ];
  };

  window._JUPYTERLAB = window._JUPYTERLAB ?? {};
  window._JUPYTERLAB[NAME] = {
    init: scope => {
      shared = scope;
    },
    get: async () => {
      const found = await plugins();
      return () => ({ __esModule: true, default: found });
    }
  };
})();
