"""An OpenID Connect provider: discovery, the way there with PKCE, the code for an ID token, and the token's checks.

OpenID Connect Core 1.0 (3.1, authorization code flow), RFC 7636 (PKCE), RFC 9207 (issuer in the answer).
"""

import secrets
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import OAuth2Client
from authlib.oidc.core import CodeIDToken
from httpx2 import HTTPError
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from pydantic import BaseModel, ValidationError

from desk.errors import ProviderError, SignInError
from nanni.sign_in import SignInModel, is_safe_address

WELL_KNOWN = "/.well-known/openid-configuration"
KEPT_FOR = timedelta(hours=1)
ASKED_AGAIN_AFTER = timedelta(minutes=1)
"""How soon keys are asked for again because a token names one we do not have."""
TIMEOUT = 10.0
LEEWAY = 60
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519", "EdDSA")
"""Signatures by a key pair. With a shared secret or none, whoever knows the client could sign."""
Claims = Mapping[str, Any]


class Metadata(BaseModel):
    """What a provider says of itself, as far as it is used."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str = ""
    end_session_endpoint: str = ""
    authorization_response_iss_parameter_supported: bool = False


@dataclass(frozen=True, slots=True)
class Setting:
    """One sign-in under way: what ties the provider's answer to this browser."""

    state: str
    nonce: str
    verifier: str

    @staticmethod
    def fresh() -> "Setting":
        """One that nobody can guess."""
        return Setting(secrets.token_urlsafe(24), secrets.token_urlsafe(24), secrets.token_urlsafe(48))


@dataclass
class Provider:
    """The provider of a workspace. Its metadata and keys are asked for when they are needed, and kept for an hour."""

    model: SignInModel
    secret: str | None
    wall: Callable[[], datetime]
    _metadata: tuple[datetime, Metadata] | None = field(default=None, init=False, repr=False)
    _keys: tuple[datetime, KeySet] | None = field(default=None, init=False, repr=False)

    def address(self, setting: Setting, back: str) -> str:
        """Where to send somebody to sign in. Raises ProviderError."""
        endpoint = self.metadata().authorization_endpoint
        with self._client(back) as client:
            url, _ = client.create_authorization_url(
                endpoint, state=setting.state, nonce=setting.nonce, code_verifier=setting.verifier
            )
        return str(url)

    def claims(self, setting: Setting, code: str, issuer: str, back: str) -> Claims:
        """Who a code stands for. Raises SignInError for an answer that cannot be believed, ProviderError for none."""
        metadata = self.metadata()
        wanted = metadata.authorization_response_iss_parameter_supported
        if (issuer or wanted) and issuer != self.model.issuer:
            raise SignInError("the answer comes from another provider", next_step="start again")
        with self._client(back) as client:
            try:
                token = client.fetch_token(metadata.token_endpoint, code=code, code_verifier=setting.verifier)
                claims = self._checked(token, setting)
                if self.model.userinfo and metadata.userinfo_endpoint:
                    return self._completed(claims, self._asked(client, metadata.userinfo_endpoint, withhold=False))
            except OAuthError as error:
                raise SignInError("the provider refused the code", where=str(error.error)[:60]) from error
            except (HTTPError, ValueError) as error:  # Authlib raises a ValueError for an answer that is no JSON
                raise _unreachable(self.model.label) from error
        return claims

    def sign_out_address(self, back: str) -> str:
        """Where somebody ends their session at the provider; "" where it offers none or cannot be reached."""
        try:
            endpoint = self.metadata().end_session_endpoint
        except ProviderError:
            return ""
        query = urlencode({"client_id": self.model.client_id, "post_logout_redirect_uri": back})
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{query}" if endpoint else ""

    def metadata(self) -> Metadata:
        """What the provider says of itself. Raises ProviderError when it cannot be asked, or names another issuer."""
        now = self.wall()
        if self._metadata is None or now - self._metadata[0] > KEPT_FOR:
            with self._client("") as client:
                told = self._asked(client, self.model.issuer.rstrip("/") + WELL_KNOWN)
            self._metadata = now, _metadata(told, self.model)
        return self._metadata[1]

    def _checked(self, token: Mapping[str, Any], setting: Setting) -> Claims:
        """The claims of the ID token: signature, issuer, audience, times, nonce, and the access token's hash."""
        text, params = str(token.get("id_token", "")), {"nonce": setting.nonce, "client_id": self.model.client_id}
        options = {name: {"essential": True, "value": value}
                   for name, value in (("iss", self.model.issuer), ("aud", self.model.client_id))}  # fmt: skip
        try:
            read = self._verified(text)
            claims = CodeIDToken(
                read.claims, read.header, options, {**params, "access_token": token.get("access_token")}
            )
            claims.validate(now=int(self.wall().timestamp()), leeway=LEEWAY)
        except (JoseError, ValueError) as error:
            what = error.error if isinstance(error, JoseError) else "unreadable"
            raise SignInError("the provider's token is not valid", where=what, next_step="start again") from error
        return dict(claims)

    def _verified(self, text: str) -> jwt.Token:
        """The token, its signature checked; keys are asked for once more when they may have been changed."""
        asked, keys = self._known_keys()
        try:
            return jwt.decode(text, keys, algorithms=ALGORITHMS)
        except (JoseError, ValueError):
            if self.wall() - asked < ASKED_AGAIN_AFTER:
                raise
        self._keys = None
        return jwt.decode(text, self._known_keys()[1], algorithms=ALGORITHMS)

    def _known_keys(self) -> tuple[datetime, KeySet]:
        now = self.wall()
        if self._keys is None or now - self._keys[0] > KEPT_FOR:
            with self._client("") as client:
                told = self._asked(client, self.metadata().jwks_uri)
            try:
                self._keys = now, KeySet.import_key_set({"keys": list(told["keys"])})
            except (JoseError, ValueError, KeyError, TypeError) as error:
                raise ProviderError("the provider's keys cannot be read", next_step="try again later") from error
        return self._keys

    def _completed(self, claims: Claims, more: Claims) -> Claims:
        """With what the provider's userinfo adds; what the signed token says stays."""
        if more.get("sub") != claims["sub"]:
            raise SignInError("the provider told of somebody else", next_step="start again")
        return {**more, **claims}

    def _asked(self, client: OAuth2Client, url: str, *, withhold: bool = True) -> Claims:
        try:
            answer = client.request("GET", url, withhold_token=withhold)
            told = answer.json() if answer.status_code == 200 else None
        except (HTTPError, ValueError) as error:
            raise _unreachable(self.model.label) from error
        if not isinstance(told, dict):
            raise _unreachable(self.model.label)
        return told

    def _client(self, back: str) -> OAuth2Client:
        return OAuth2Client(
            self.model.client_id, self.secret, scope=" ".join(self.model.scopes), redirect_uri=back,
            code_challenge_method="S256", timeout=TIMEOUT, verify=_trusted(), leeway=0,
        )  # fmt: skip


@lru_cache(maxsize=1)
def _trusted() -> ssl.SSLContext:
    """The machine's own certificates, read once."""
    return ssl.create_default_context()


def _metadata(told: Claims, model: SignInModel) -> Metadata:
    try:
        found = Metadata.model_validate(told)
    except ValidationError as error:
        raise ProviderError(f"{model.label} does not say where to sign in", next_step="tell an admin") from error
    named = (found.authorization_endpoint, found.token_endpoint, found.jwks_uri)
    offered = [url for url in (found.userinfo_endpoint, found.end_session_endpoint) if url]
    if found.issuer != model.issuer or not all(is_safe_address(url) for url in (*named, *offered)):
        raise ProviderError(f"{model.label} is not the provider of nanni.yaml", next_step="tell an admin")
    return found


def _unreachable(label: str) -> ProviderError:
    return ProviderError(f"{label} cannot be reached", next_step="try again, or sign in with a local account")
