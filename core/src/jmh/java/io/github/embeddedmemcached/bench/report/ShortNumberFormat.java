package io.github.embeddedmemcached.bench.report;

import java.math.BigDecimal;
import java.math.MathContext;
import java.text.FieldPosition;
import java.text.NumberFormat;
import java.text.ParsePosition;
import java.util.function.DoubleUnaryOperator;

/** Formats numbers for the axes of charts: 0.05, 3, 20k, 5M. */
final class ShortNumberFormat extends NumberFormat {
    private static final long serialVersionUID = 1;

    private static final MathContext DIGITS = new MathContext(3);

    private final transient DoubleUnaryOperator scale;

    ShortNumberFormat() {
        this(DoubleUnaryOperator.identity());
    }

    /** Creates a format that converts numbers before they are formatted. */
    ShortNumberFormat(DoubleUnaryOperator scale) {
        this.scale = scale;
    }

    @Override
    public StringBuffer format(double number, StringBuffer target, FieldPosition position) {
        double value = scale.applyAsDouble(number);
        if (value >= 1e6) {
            return target.append(shortest(value / 1e6)).append('M');
        }
        return value >= 1e3 ? target.append(shortest(value / 1e3)).append('k') : target.append(shortest(value));
    }

    @Override
    public StringBuffer format(long number, StringBuffer target, FieldPosition position) {
        return format((double) number, target, position);
    }

    private static String shortest(double value) {
        return new BigDecimal(value).round(DIGITS).stripTrailingZeros().toPlainString();
    }

    @Override
    public Number parse(String text, ParsePosition position) {
        throw new UnsupportedOperationException();
    }
}
