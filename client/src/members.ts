/* Who is in a channel, as its messages tell. */
import { Handlers, run } from "./handlers.js";

export interface Change {
  /** How many there are: users, and connections of guests. */
  count: number | null;
  /** By id, with their info. */
  came: Map<string, any>;
  went: string[];
}

export type OnMembers = (members: Map<string, any>, change: Change) => unknown;

/* A part of "$joined" or "$members". */
interface News {
  members?: Record<string, any>;
  came?: Record<string, any>;
  went?: string[];
  count?: number;
  listed?: boolean;
}

export class Members {
  /** Always the same one. */
  map = new Map<string, any>();
  count: number | null = null;
  /** False where only `count` is known. */
  isListed = false;
  #handlers = new Handlers();

  on(handler: OnMembers): () => void {
    run(handler, this.map, { count: this.count, came: new Map(), went: [] });
    return this.#handlers.add("", handler);
  }

  /** Takes in what "$joined" tells, which is all. On a first join nobody
   * counts as coming. */
  begin({ members, count, listed = !!members }: News, isFirst: boolean): void {
    this.update({ members: members ?? {}, count, listed }, isFirst);
  }

  /** Takes in what "$members" tells. */
  update(news: News, isFirst = false): void {
    const { map } = this;
    const { count = null, listed = this.isListed, members } = news;
    const isAll = members || !listed;
    const here = new Map(Object.entries(members ?? news.came ?? {}));
    const gone = isAll ? [...map.keys()].filter((id) => !here.has(id))
      : news.went ?? [];
    const went = gone.filter((id) => map.delete(id));
    const came = new Map<string, any>();
    for (const [id, info] of here) {
      // Whoever joins may be told of itself.
      if (JSON.stringify(map.get(id)) === JSON.stringify(info)) continue;
      map.set(id, info);
      if (!isFirst) came.set(id, info);
    }
    const isNew = isFirst || count !== this.count || listed !== this.isListed
      || went[0] !== undefined || came.size;
    this.count = count;
    this.isListed = listed;
    if (isNew) this.#handlers.call("", map, { count, came, went });
  }
}
