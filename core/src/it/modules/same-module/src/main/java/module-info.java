module shop {
    requires io.github.embeddedmemcached;
}
