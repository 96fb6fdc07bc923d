/** Filters that live in the address, so that what is shown can be linked, reloaded and gone back to. */
import { useEffect, useMemo } from "react";
import { useLocation, useSearch } from "wouter";
import { onSignOut } from "../api/session";

const left = new Map<string, string>();

onSignOut(() => left.clear());

/** A list's address with the filters that it was left with: for the way back from one of its rows. */
export const asLeft = (path: string): string => left.get(path) ?? path;

export interface Address<K extends string> {
  values: Partial<Record<K, string>>;
  /** Empty takes a filter away. Replaces the address: one step back leaves the page, not a letter of the search. */
  set(changes: Partial<Record<K, string | null>>): void;
  clear(): void;
  /** Whether anything but the order is asked for. */
  filtered: boolean;
  /** How many of these are asked for. */
  count(of: readonly K[]): number;
}

export function useAddress<K extends string>(names: readonly K[]): Address<K> {
  const search = useSearch();
  const [path, navigate] = useLocation();
  useEffect(() => {
    left.set(path, search ? `${path}?${search}` : path);
  }, [path, search]);
  return useMemo(() => {
    const params = new URLSearchParams(search);
    const values: Partial<Record<K, string>> = {};
    for (const name of names) {
      const value = params.get(name);
      if (value) values[name] = value;
    }
    const go = (next: Partial<Record<K, string | null>>) => {
      const text = new URLSearchParams(Object.entries(next).filter((pair): pair is [string, string] => Boolean(pair[1]))).toString();
      navigate(text ? `${path}?${text}` : path, { replace: true });
    };
    return {
      values,
      set: (changes) => go({ ...values, ...changes }),
      clear: () => go("sort" in values ? ({ sort: (values as Record<string, string>)["sort"] } as Partial<Record<K, string>>) : {}),
      filtered: Object.keys(values).some((name) => name !== "sort"),
      count: (of) => of.filter((name) => values[name] !== undefined).length,
    };
  }, [search, path, navigate, names]);
}
