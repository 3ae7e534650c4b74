// For load functions: a refusal of the API becomes an error page with the same status.
import { error } from '@sveltejs/kit';
import { ApiError } from './request.ts';

export async function orErrorPage<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (problem) {
    if (problem instanceof ApiError) error(problem.status, problem.message);
    throw problem;
  }
}
