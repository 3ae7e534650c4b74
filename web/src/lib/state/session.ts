// Who is signed in: the shell says so before anything is asked for.
const meta = document.querySelector<HTMLMetaElement>('meta[name="holt:user"]');

const setup = document.querySelector<HTMLMetaElement>('meta[name="holt:setup"]');

export const session = {
  /** On a hub without users: what the first visit starts from. */
  setup: setup && { private: setup.dataset.private === 'true', join: setup.dataset.join === 'true', fixed: (setup.dataset.fixed ?? '').split(' ').filter(Boolean) },
  user: meta?.content ?? '',
  admin: meta?.dataset.admin === 'true',
  orgs: (meta?.dataset.orgs ?? '').split(',').filter(Boolean).map((one) => {
    const [name, role] = one.split(':');
    return { name, role };
  }),
  joinOpen: document.querySelector('meta[name="holt:join"]') !== null
};

const rank = ['read', 'contributor', 'write', 'admin'];
const roleIn = (owner: string) => rank.indexOf(session.orgs.find((org) => org.name === owner)?.role ?? '');

/** May this browser's user change repositories of `owner`? The server decides; this only shows buttons. */
export const mayWrite = (owner: string) => session.user !== '' && (session.admin || session.user === owner || roleIn(owner) >= 1);
export const mayAdminister = (owner: string) => session.user !== '' && (session.admin || session.user === owner || roleIn(owner) === 3);
export const namespaces = () => [session.user, ...session.orgs.filter((org) => rank.indexOf(org.role) >= 1).map((org) => org.name)].filter(Boolean);
