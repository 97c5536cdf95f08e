/** A user of a host, as tests of the layout and the configuration need one. */
import type { UserAccount } from "../../../src/core/model/user-layout.ts";

/** @param config name of the directory below the home that has the configuration */
export function makeUser(name: string, uid: number, config = ".config"): UserAccount {
  const home = `/home/${name}`;
  return {
    name,
    uid,
    group: name,
    gid: uid,
    home,
    configHome: `${home}/${config}`,
    stateHome: `${home}/.local/state`,
    dataHome: `${home}/.local/share`,
    cacheHome: `${home}/.cache`,
    runtimeDirectory: `/run/user/${uid}`,
  };
}
