/** A brand's logo, and Karara's where there is none. */
import { useQuery } from "@tanstack/react-query";
import { brandQuery, useBrandId } from "../data/resources";
import { lastLook } from "../lib/branding";
import { Logo, Skeleton } from "../ui/parts";
import s from "./brand.module.css";

/** The name stands beside it, so the picture says nothing. A light plate keeps dark drawings visible in the dark theme. */
export function BrandLogo({ size, url }: { size: number; url: string | null }) {
  if (!url) return <Logo size={size} />;
  return <img src={url} alt="" className={s.logo} style={{ height: size, minWidth: size, maxWidth: size * 3 }} />;
}

/** The address of this brand's logo, null for none, or one that isn't shown to this person; undefined while that isn't known. */
export function useHereLogo(): string | null | undefined {
  const id = useBrandId();
  const { data: brand, isError } = useQuery({ ...brandQuery(id ?? "none"), enabled: id !== null });
  if (brand) return brand.logo_url;
  if (isError) return null;
  const look = lastLook();
  return look && look.brandId === id ? look.logo : undefined;
}

export function HereLogo({ size }: { size: number }) {
  const url = useHereLogo();
  return url === undefined ? <Skeleton width={size} height={size} /> : <BrandLogo size={size} url={url} />;
}
