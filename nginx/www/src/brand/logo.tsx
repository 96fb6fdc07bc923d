/** A brand's logo, and Karara's where there is none. */
import { useBrand, useBrandId } from "../data/resources";
import { lastLook } from "../lib/branding";
import { Logo, Skeleton } from "../ui/parts";
import s from "./brand.module.css";

/** The name stands beside it, so the picture says nothing. A light plate keeps dark drawings visible in the dark theme. */
export function BrandLogo({ size, url }: { size: number; url: string | null }) {
  if (!url) return <Logo size={size} />;
  return <img src={url} alt="" className={s.logo} style={{ height: size, minWidth: size, maxWidth: size * 3 }} />;
}

/** The address of this brand's logo, null for none; undefined while that isn't known. */
export function useHereLogo(): string | null | undefined {
  const id = useBrandId();
  const brand = useBrand();
  if (brand) return brand.logo_url;
  const look = lastLook();
  return look && look.brandId === id ? look.logo : undefined;
}

export function HereLogo({ size }: { size: number }) {
  const url = useHereLogo();
  return url === undefined ? <Skeleton width={size} height={size} /> : <BrandLogo size={size} url={url} />;
}
