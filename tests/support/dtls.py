"""DTLS 1.2 and TLS 1.2 for clients in tests, with the system's OpenSSL through ctypes: pre-shared keys and
certificates.

    Endpoint(server, datagrams=Dtls(server, Psk("identity", key)))

Another library than the program under test is linked with, and no code of it.
"""

import ctypes
import select
import socket

from secured_datagrams import HandshakeFailed, SecuredDatagrams

PSK_CCM8, PSK_CBC = "PSK-AES128-CCM8", "PSK-AES128-CBC-SHA256"
ECDSA_CCM8, ECDSA_CBC = "ECDHE-ECDSA-AES128-CCM8", "ECDHE-ECDSA-AES128-SHA256"

_ssl = ctypes.CDLL("libssl.so.3")
_crypto = ctypes.CDLL("libcrypto.so.3")

_DTLS1_2, _TLS1_2 = 0xFEFD, 0x0303
_SET_MTU, _SET_MIN_PROTO_VERSION, _SET_MAX_PROTO_VERSION = 17, 123, 124
_GET_TIMEOUT, _HANDLE_TIMEOUT = 73, 74
_DGRAM_SET_CONNECTED = 32
_NO_QUERY_MTU = 1 << 12
_VERIFY_PEER = 1
_FILETYPE_PEM = 1
_WANT_READ, _WANT_WRITE, _SYSCALL, _ZERO_RETURN = 2, 3, 5, 6


class _Timeval(ctypes.Structure):
    _fields_ = [("seconds", ctypes.c_long), ("microseconds", ctypes.c_long)]


_PskCallback = ctypes.CFUNCTYPE(ctypes.c_uint, ctypes.c_void_p, ctypes.c_char_p,
                                ctypes.POINTER(ctypes.c_char), ctypes.c_uint,
                                ctypes.POINTER(ctypes.c_ubyte), ctypes.c_uint)
_pointer, _text, _int, _long = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int, ctypes.c_long
for library, name, result, arguments in (
        (_ssl, "DTLS_client_method", _pointer, []),
        (_ssl, "TLS_client_method", _pointer, []),
        (_ssl, "SSL_CTX_set_alpn_protos", _int, [_pointer, _text, ctypes.c_uint]),
        (_ssl, "SSL_CTX_new", _pointer, [_pointer]),
        (_ssl, "SSL_CTX_free", None, [_pointer]),
        (_ssl, "SSL_CTX_ctrl", _long, [_pointer, _int, _long, _pointer]),
        (_ssl, "SSL_CTX_set_cipher_list", _int, [_pointer, _text]),
        (_ssl, "SSL_CTX_set_psk_client_callback", None, [_pointer, _PskCallback]),
        (_ssl, "SSL_CTX_use_certificate_chain_file", _int, [_pointer, _text]),
        (_ssl, "SSL_CTX_use_PrivateKey_file", _int, [_pointer, _text, _int]),
        (_ssl, "SSL_CTX_load_verify_locations", _int, [_pointer, _text, _text]),
        (_ssl, "SSL_CTX_set_verify", None, [_pointer, _int, _pointer]),
        (_ssl, "SSL_new", _pointer, [_pointer]),
        (_ssl, "SSL_free", None, [_pointer]),
        (_ssl, "SSL_set_bio", None, [_pointer, _pointer, _pointer]),
        (_ssl, "SSL_set_options", ctypes.c_uint64, [_pointer, ctypes.c_uint64]),
        (_ssl, "SSL_ctrl", _long, [_pointer, _int, _long, _pointer]),
        (_ssl, "SSL_set_connect_state", None, [_pointer]),
        (_ssl, "SSL_do_handshake", _int, [_pointer]),
        (_ssl, "SSL_get_error", _int, [_pointer, _int]),
        (_ssl, "SSL_read", _int, [_pointer, _pointer, _int]),
        (_ssl, "SSL_write", _int, [_pointer, _pointer, _int]),
        (_ssl, "SSL_shutdown", _int, [_pointer]),
        (_ssl, "SSL_get1_session", _pointer, [_pointer]),
        (_ssl, "SSL_set_session", _int, [_pointer, _pointer]),
        (_ssl, "SSL_session_reused", _int, [_pointer]),
        (_ssl, "SSL_SESSION_free", None, [_pointer]),
        (_ssl, "i2d_SSL_SESSION", _int, [_pointer, _pointer]),
        (_ssl, "d2i_SSL_SESSION", _pointer, [_pointer, _pointer, _long]),
        (_ssl, "SSL_get_current_cipher", _pointer, [_pointer]),
        (_ssl, "SSL_CIPHER_get_name", _text, [_pointer]),
        (_crypto, "BIO_new_socket", _pointer, [_int, _int]),
        (_crypto, "BIO_new_dgram", _pointer, [_int, _int]),
        (_crypto, "BIO_ctrl", _long, [_pointer, _int, _long, _pointer]),
        (_crypto, "ERR_get_error", ctypes.c_ulong, []),
        (_crypto, "ERR_clear_error", None, []),
        (_crypto, "ERR_error_string_n", None, [ctypes.c_ulong, _text, ctypes.c_size_t])):
    function = getattr(library, name)
    function.restype, function.argtypes = result, arguments


def _error_text():
    text = ctypes.create_string_buffer(256)
    code = _crypto.ERR_get_error()
    _crypto.ERR_error_string_n(code, text, len(text))
    return text.value.decode()


class Psk:
    """A pre-shared key (RFC 4279). `ciphers` as OpenSSL names them, separated by colons."""

    def __init__(self, identity, key, ciphers=PSK_CCM8):
        self.identity, self.key, self.ciphers = identity.encode(), key, ciphers

    def apply(self, context):
        def give(ssl, hint, identity, room_for_identity, key, room_for_key):
            if len(self.identity) >= room_for_identity or len(self.key) > room_for_key:
                return 0
            ctypes.memmove(identity, self.identity + b"\x00", len(self.identity) + 1)
            ctypes.memmove(key, self.key, len(self.key))
            return len(self.key)
        self._callback = _PskCallback(give)  # lives as long as this
        _ssl.SSL_CTX_set_psk_client_callback(context, self._callback)


class X509:
    """Certificate and key of the client; `ca` is who has to have signed the server's. Files in PEM."""

    def __init__(self, certificate, key, ca, ciphers=ECDSA_CCM8):
        self.certificate, self.key, self.ca, self.ciphers = certificate, key, ca, ciphers

    def apply(self, context):
        if self.certificate and (
                _ssl.SSL_CTX_use_certificate_chain_file(context, self.certificate.encode()) != 1
                or _ssl.SSL_CTX_use_PrivateKey_file(context, self.key.encode(), _FILETYPE_PEM) != 1):
            raise ValueError(_error_text())
        if _ssl.SSL_CTX_load_verify_locations(context, self.ca.encode(), None) != 1:
            raise ValueError(_error_text())
        _ssl.SSL_CTX_set_verify(context, _VERIFY_PEER, None)


class Dtls(SecuredDatagrams):
    """`session` is what session() of an earlier one gave: then the handshake is a resumption."""

    # A system call fails when an ICMP message says that nobody is there: like any lost datagram.
    TRANSIENT = (_WANT_READ, _WANT_WRITE, _SYSCALL)

    def __init__(self, peer, credentials, session=None, **options):
        self._credentials, self._resumed = credentials, session
        self._context = self._connection = None
        super().__init__(peer, **options)

    def _open(self):
        self._context = self._new_context()
        # Level 0 because the tag of CCM_8 has but 64 bits.
        ciphers = self._credentials.ciphers + ":@SECLEVEL=0"
        if _ssl.SSL_CTX_set_cipher_list(self._context, ciphers.encode()) != 1:
            raise ValueError(_error_text())
        self._credentials.apply(self._context)
        self._connection = _ssl.SSL_new(self._context)
        bio = self._new_bio()
        _ssl.SSL_set_bio(self._connection, bio, bio)
        _ssl.SSL_set_options(self._connection, _NO_QUERY_MTU)
        _ssl.SSL_ctrl(self._connection, _SET_MTU, self.MTU, None)
        if self._resumed:
            octets = ctypes.create_string_buffer(self._resumed, len(self._resumed))
            at = ctypes.c_void_p(ctypes.addressof(octets))
            session = _ssl.d2i_SSL_SESSION(None, ctypes.byref(at), len(self._resumed))
            if not session or _ssl.SSL_set_session(self._connection, session) != 1:
                raise ValueError(_error_text())
            _ssl.SSL_SESSION_free(session)
        _ssl.SSL_set_connect_state(self._connection)

    @staticmethod
    def _new_context():
        context = _ssl.SSL_CTX_new(_ssl.DTLS_client_method())
        for which in (_SET_MIN_PROTO_VERSION, _SET_MAX_PROTO_VERSION):
            _ssl.SSL_CTX_ctrl(context, which, _DTLS1_2, None)
        return context

    def _new_bio(self):
        bio = _crypto.BIO_new_dgram(self.socket.fileno(), 0)
        host, port = self.peer
        address = (b"\x02\x00" + port.to_bytes(2, "big")
                   + bytes(int(part) for part in host.split(".")) + bytes(8))
        _crypto.BIO_ctrl(bio, _DGRAM_SET_CONNECTED, 0, ctypes.create_string_buffer(address))
        return bio

    def session(self):
        """What another one needs to resume this: octets."""
        with self._lock:
            session = _ssl.SSL_get1_session(self._connection)
            length = _ssl.i2d_SSL_SESSION(session, None)
            octets = ctypes.create_string_buffer(length)
            _ssl.i2d_SSL_SESSION(session, ctypes.byref(ctypes.c_void_p(ctypes.addressof(octets))))
            _ssl.SSL_SESSION_free(session)
            return octets.raw

    @property
    def is_resumed(self):
        return _ssl.SSL_session_reused(self._connection) == 1

    @property
    def cipher(self):
        return _ssl.SSL_CIPHER_get_name(_ssl.SSL_get_current_cipher(self._connection)).decode()

    def _result(self, result):
        """True when it is done, False when it has to wait; else the context has ended."""
        if result > 0:
            return True
        error = _ssl.SSL_get_error(self._connection, result)
        if error not in self.TRANSIENT:
            self.ended = "close_notify" if error == _ZERO_RETURN else _error_text()
        return False

    def _step(self):
        _crypto.ERR_clear_error()
        done = self._result(_ssl.SSL_do_handshake(self._connection))
        if self.ended is not None:
            raise HandshakeFailed(self.ended)
        return done

    def _read(self):
        _crypto.ERR_clear_error()
        octets = ctypes.create_string_buffer(65536)
        length = _ssl.SSL_read(self._connection, octets, len(octets))
        return octets.raw[:length] if self._result(length) else None

    def _write(self, octets):
        _crypto.ERR_clear_error()
        self._result(_ssl.SSL_write(self._connection, octets, len(octets)))

    def _timer(self):
        left = _Timeval()
        if self.ended is not None or self._connection is None \
                or _ssl.SSL_ctrl(self._connection, _GET_TIMEOUT, 0, ctypes.byref(left)) != 1:
            return None
        return left.seconds + left.microseconds / 1e6

    def _on_timer(self):
        if self.ended is None:
            _ssl.SSL_ctrl(self._connection, _HANDLE_TIMEOUT, 0, None)

    def _goodbye(self):
        _ssl.SSL_shutdown(self._connection)

    def kill(self):
        super().kill()
        with self._lock:
            if self._connection is not None:
                _ssl.SSL_free(self._connection)
            if self._context is not None:
                _ssl.SSL_CTX_free(self._context)
            self._connection = self._context = None


class Tls(Dtls):
    """A stream, for coap_tcp.TcpEndpoint."""

    KIND = socket.SOCK_STREAM
    TRANSIENT = (_WANT_READ, _WANT_WRITE)

    @staticmethod
    def _new_context():
        context = _ssl.SSL_CTX_new(_ssl.TLS_client_method())
        for which in (_SET_MIN_PROTO_VERSION, _SET_MAX_PROTO_VERSION):
            _ssl.SSL_CTX_ctrl(context, which, _TLS1_2, None)
        _ssl.SSL_CTX_set_alpn_protos(context, b"\x04coap", 5)  # RFC 8323 §8.2
        return context

    def _new_bio(self):
        return _crypto.BIO_new_socket(self.socket.fileno(), 0)

    def _write(self, octets):
        _crypto.ERR_clear_error()
        while not self._result(_ssl.SSL_write(self._connection, octets, len(octets))):
            if self.ended is not None:
                return
            select.select([], [self.socket], [], 1.0)

    def _timer(self):
        return None

    def _on_timer(self):
        pass
