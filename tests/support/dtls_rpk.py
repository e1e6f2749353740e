"""A DTLS 1.2 peer with raw public keys (RFC 7250) for tests, with the system's GnuTLS through ctypes.

    Endpoint(server, datagrams=RpkDtls(server, key, server_key))

OpenSSL 3.0 has no raw public keys. The program may be linked with GnuTLS, too; what is tested is not the
library, but what the program does with it.
"""

import ctypes
import tempfile

from certificates import public_key
from secured_datagrams import HandshakeFailed, SecuredDatagrams

CCM8, CBC = "AES-128-CCM-8:+AEAD", "AES-128-CBC:+SHA256"

_gnutls = ctypes.CDLL("libgnutls.so.30")
_SERVER, _CLIENT, _DATAGRAM, _NONBLOCK, _NO_SIGNAL, _RAWPK = 1, 2, 1 << 2, 1 << 3, 1 << 6, 1 << 18
_CREDENTIALS_CERTIFICATE = 1
_SHUT_WR = 1
_PEM = 1
_REQUIRE = 2
_PUSH_ERROR, _PULL_ERROR = -53, -54


class _Datum(ctypes.Structure):
    _fields_ = [("data", ctypes.POINTER(ctypes.c_ubyte)), ("size", ctypes.c_uint)]


_pointer, _text, _int, _uint = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int, ctypes.c_uint
for name, result, arguments in (
        ("gnutls_init", _int, [_pointer, _uint]),
        ("gnutls_deinit", None, [_pointer]),
        ("gnutls_priority_set_direct", _int, [_pointer, _text, _pointer]),
        ("gnutls_certificate_allocate_credentials", _int, [_pointer]),
        ("gnutls_certificate_free_credentials", None, [_pointer]),
        ("gnutls_certificate_set_rawpk_key_file", _int,
         [_pointer, _text, _text, _int, _text, _uint, _pointer, _uint, _uint, _uint]),
        ("gnutls_credentials_set", _int, [_pointer, _int, _pointer]),
        ("gnutls_certificate_server_set_request", None, [_pointer, _int]),
        ("gnutls_certificate_get_peers", ctypes.POINTER(_Datum), [_pointer, _pointer]),
        ("gnutls_transport_set_int2", None, [_pointer, _int, _int]),
        ("gnutls_dtls_set_mtu", None, [_pointer, _uint]),
        ("gnutls_dtls_get_timeout", _uint, [_pointer]),
        ("gnutls_handshake", _int, [_pointer]),
        ("gnutls_record_recv", ctypes.c_ssize_t, [_pointer, _pointer, ctypes.c_size_t]),
        ("gnutls_record_send", ctypes.c_ssize_t, [_pointer, _pointer, ctypes.c_size_t]),
        ("gnutls_bye", _int, [_pointer, _int]),
        ("gnutls_error_is_fatal", _int, [_int]),
        ("gnutls_alert_get", _int, [_pointer]),
        ("gnutls_alert_get_name", _text, [_int]),
        ("gnutls_strerror", _text, [_int])):
    function = getattr(_gnutls, name)
    function.restype, function.argtypes = result, arguments


def _check(result):
    if result < 0:
        raise ValueError(_gnutls.gnutls_strerror(result).decode())


class RpkDtls(SecuredDatagrams):
    """`key`: PEM file of the private key. `peer_key`: the SubjectPublicKeyInfo that the peer must show.

    As a server, for the test of this, it serves the one peer that it is connected to.
    """

    def __init__(self, peer, key, peer_key, cipher=CCM8, server=False, **options):
        self._key, self._peer_key, self._cipher, self._server = key, peer_key, cipher, server
        self._credentials, self._session = ctypes.c_void_p(), ctypes.c_void_p()
        self._shaken = False
        super().__init__(peer, **options)

    def _open(self):
        _check(_gnutls.gnutls_certificate_allocate_credentials(ctypes.byref(self._credentials)))
        with tempfile.NamedTemporaryFile() as public:
            public.write(public_key(self._key, "PEM"))
            public.flush()
            _check(_gnutls.gnutls_certificate_set_rawpk_key_file(
                self._credentials, public.name.encode(), self._key.encode(), _PEM, None, 0, None, 0,
                0, 0))
        role = _SERVER if self._server else _CLIENT
        _check(_gnutls.gnutls_init(ctypes.byref(self._session),
                                   role | _DATAGRAM | _NONBLOCK | _NO_SIGNAL | _RAWPK))
        priorities = ("NONE:+VERS-DTLS1.2:+ECDHE-ECDSA:+%s:+GROUP-SECP256R1:+SIGN-ECDSA-SHA256:"
                      "+COMP-NULL:+CTYPE-CLI-RAWPK:+CTYPE-SRV-RAWPK" % self._cipher)
        _check(_gnutls.gnutls_priority_set_direct(self._session, priorities.encode(), None))
        _check(_gnutls.gnutls_credentials_set(self._session, _CREDENTIALS_CERTIFICATE,
                                              self._credentials))
        if self._server:
            _gnutls.gnutls_certificate_server_set_request(self._session, _REQUIRE)
        _gnutls.gnutls_transport_set_int2(self._session, self.socket.fileno(), self.socket.fileno())
        _gnutls.gnutls_dtls_set_mtu(self._session, self.MTU)

    def _failed(self, result):
        """False when it has to wait; else the context has ended."""
        if result in (_PUSH_ERROR, _PULL_ERROR) or not _gnutls.gnutls_error_is_fatal(result):
            return False
        alert = _gnutls.gnutls_alert_get_name(_gnutls.gnutls_alert_get(self._session))
        self.ended = "%s, last alert %s" % (_gnutls.gnutls_strerror(result).decode(),
                                            (alert or b"none").decode())
        return True

    def _step(self):
        result = _gnutls.gnutls_handshake(self._session)
        if result < 0:
            if self._failed(result):
                raise HandshakeFailed(self.ended)
            return False
        count = ctypes.c_uint()
        shown = _gnutls.gnutls_certificate_get_peers(self._session, ctypes.byref(count))
        if count.value != 1 or ctypes.string_at(shown[0].data, shown[0].size) != self._peer_key:
            raise HandshakeFailed("the peer has shown another key")
        self._shaken = True
        return True

    def _read(self):
        octets = ctypes.create_string_buffer(65536)
        length = _gnutls.gnutls_record_recv(self._session, octets, len(octets))
        if length == 0:
            self.ended = "close_notify"
        elif length < 0:
            self._failed(length)
        return octets.raw[:length] if length > 0 else None

    def _write(self, octets):
        length = _gnutls.gnutls_record_send(self._session, octets, len(octets))
        if length < 0:
            self._failed(length)

    def _timer(self):
        if self._shaken or self.ended is not None:
            return None
        return max(_gnutls.gnutls_dtls_get_timeout(self._session) / 1000, 0.01)

    def _on_timer(self):
        """What has to be sent again goes out with the next _step()."""

    def _goodbye(self):
        _gnutls.gnutls_bye(self._session, _SHUT_WR)

    def kill(self):
        super().kill()
        with self._lock:
            if self._session:
                _gnutls.gnutls_deinit(self._session)
            if self._credentials:
                _gnutls.gnutls_certificate_free_credentials(self._credentials)
            self._session, self._credentials = ctypes.c_void_p(), ctypes.c_void_p()
