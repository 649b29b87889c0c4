import { RepositoryCopy } from "../preview/repository-copy";

/** The repository as it was when the tests began: the program of every stack, whatever is edited meanwhile. */
export const repository = new RepositoryCopy();

after(() => repository.delete());
