open module shop.tests {
    requires io.github.embeddedmemcached;
    requires org.junit.jupiter.api;
}
