/** All pages before sign-in, loaded together: one goes from one to another, and none is large. */
import type { ReactNode } from "react";
import Invitation from "../brand/invitation";
import ForgotPassword from "./forgot-password";
import KeepEmail from "./keep-email";
import Register from "./register";
import ResetPassword from "./reset-password";
import SignIn from "./sign-in";
import Unlock from "./unlock";
import Unsubscribe from "./unsubscribe";
import VerifyEmail from "./verify-email";

const PAGES: Record<string, () => ReactNode> = {
  "/sign-in": SignIn,
  "/register": Register,
  "/forgot-password": ForgotPassword,
  "/reset-password": ResetPassword,
  "/verify-email": VerifyEmail,
  "/keep-email": KeepEmail,
  "/invitation": Invitation,
  "/unsubscribe": Unsubscribe,
  "/unlock": Unlock,
};

export default function Pages({ path }: { path: string }) {
  const Page = PAGES[path]!;
  return <Page />;
}
