package io.ilion.server.netty;

import io.ilion.server.http.HttpAnswer;
import io.ilion.server.http.HttpCall;
import io.ilion.server.http.HttpService;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.ScheduledFuture;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One HTTP connection: one request after another, each answered before the next is read. At each
 * moment it waits for one thing, and for that no longer than its limit.
 */
final class HttpConnection extends ChannelInboundHandlerAdapter {
  private static final Logger LOGGER = LoggerFactory.getLogger(HttpConnection.class);
  private static final int MOST_PARAMETERS = 64;

  private final HttpService service;
  private final HttpLimits limits;

  /** What arrived with a request that is being answered, and belongs to the next. */
  private final ArrayDeque<Object> early = new ArrayDeque<>();

  private HttpRequest request;
  private ByteArrayOutputStream body;
  private boolean isAnswering;
  private boolean isClosing;
  private ScheduledFuture<?> deadline;

  HttpConnection(HttpService service, HttpLimits limits) {
    this.service = service;
    this.limits = limits;
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    // Who connects should say something soon.
    closeAfter(ctx, limits.receive());
    ctx.fireChannelActive();
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    deadline(null);
    isClosing = true;
    early.forEach(ReferenceCountUtil::release);
    early.clear();
    ctx.fireChannelInactive();
  }

  private void deadline(ScheduledFuture<?> next) {
    if (deadline != null) {
      deadline.cancel(false);
    }
    deadline = next;
  }

  private void closeAfter(ChannelHandlerContext ctx, Duration time) {
    deadline(ctx.executor().schedule(() -> ctx.close(), time.toNanos(), TimeUnit.NANOSECONDS));
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    if (isClosing) {
      ReferenceCountUtil.release(message);
    } else if (isAnswering) {
      early.add(message);
    } else {
      try {
        take(ctx, message);
      } finally {
        ReferenceCountUtil.release(message);
      }
    }
  }

  private void take(ChannelHandlerContext ctx, Object message) {
    if (message instanceof HttpRequest begun) {
      begin(ctx, begun);
    }
    if (message instanceof HttpContent content && request != null) {
      append(ctx, content);
    }
  }

  private void begin(ChannelHandlerContext ctx, HttpRequest begun) {
    if (begun.decoderResult().isFailure()) {
      Throwable cause = begun.decoderResult().cause();
      int status =
          cause instanceof TooLongHttpLineException
              ? 414
              : cause instanceof TooLongHttpHeaderException ? 431 : 400;
      refuse(ctx, status, "this is not a request that can be read");
      return;
    }
    if (HttpUtil.getContentLength(begun, 0L) > limits.bodyBytes()) {
      refuse(ctx, 413, "a body may have " + limits.bodyBytes() + " bytes");
      return;
    }
    request = begun;
    body = new ByteArrayOutputStream();
    closeAfter(ctx, limits.receive());
    if (HttpUtil.is100ContinueExpected(begun)) {
      ctx.writeAndFlush(
          new DefaultFullHttpResponse(
              HttpVersion.HTTP_1_1, HttpResponseStatus.CONTINUE, Unpooled.EMPTY_BUFFER));
    }
  }

  private void append(ChannelHandlerContext ctx, HttpContent content) {
    if (content.decoderResult().isFailure()) {
      refuse(ctx, 400, "this is not a body that can be read");
      return;
    }
    ByteBuf bytes = content.content();
    if (body.size() + bytes.readableBytes() > limits.bodyBytes()) {
      refuse(ctx, 413, "a body may have " + limits.bodyBytes() + " bytes");
      return;
    }
    try {
      bytes.readBytes(body, bytes.readableBytes());
    } catch (IOException e) {
      throw new IllegalStateException("an array cannot fail", e);
    }
    if (content instanceof LastHttpContent) {
      answer(ctx);
    }
  }

  /** Answers what cannot be read on from; nothing after it makes sense. */
  private void refuse(ChannelHandlerContext ctx, int status, String message) {
    request = null;
    body = null;
    send(ctx, HttpAnswer.error(status, message), false, false);
  }

  private void answer(ChannelHandlerContext ctx) {
    boolean keepAlive = HttpUtil.isKeepAlive(request);
    boolean isHead = request.method().equals(HttpMethod.HEAD);
    HttpCall call;
    try {
      call = call(request, body.toByteArray());
    } catch (IllegalArgumentException e) {
      refuse(ctx, 400, "this path cannot be read");
      return;
    }
    request = null;
    body = null;
    isAnswering = true;
    ctx.channel().config().setAutoRead(false);
    deadline(
        ctx.executor()
            .schedule(
                () -> finish(ctx, HttpAnswer.error(504, "it takes too long"), false, isHead),
                limits.answer().toNanos(),
                TimeUnit.NANOSECONDS));
    CompletionStage<HttpAnswer> stage;
    try {
      stage = service.answer(call);
    } catch (RuntimeException e) {
      LOGGER.warn("{} {} failed", call.method(), call.path(), e);
      finish(ctx, HttpAnswer.error(500, e.toString()), keepAlive, isHead);
      return;
    }
    stage.whenComplete(
        (answer, failure) ->
            ctx.executor()
                .execute(
                    () -> {
                      if (failure != null) {
                        LOGGER.warn("{} {} failed", call.method(), call.path(), failure);
                      }
                      finish(
                          ctx,
                          failure == null ? answer : HttpAnswer.error(500, failure.toString()),
                          keepAlive,
                          isHead);
                    }));
  }

  private static HttpCall call(HttpRequest request, byte[] body) {
    QueryStringDecoder uri =
        new QueryStringDecoder(request.uri(), StandardCharsets.UTF_8, true, MOST_PARAMETERS);
    Map<String, String> query = new LinkedHashMap<>();
    for (Map.Entry<String, List<String>> parameter : uri.parameters().entrySet()) {
      query.put(parameter.getKey(), parameter.getValue().getLast());
    }
    Map<String, String> headers = new HashMap<>();
    request
        .headers()
        .forEach(
            header ->
                headers.putIfAbsent(header.getKey().toLowerCase(Locale.ROOT), header.getValue()));
    return new HttpCall(request.method().name(), uri.path(), query, headers, body);
  }

  /** Gives the answer of the request that is being answered, if it has none yet. */
  private void finish(
      ChannelHandlerContext ctx, HttpAnswer answer, boolean keepAlive, boolean isHead) {
    if (!isAnswering || isClosing) {
      return;
    }
    isAnswering = false;
    send(ctx, answer, keepAlive, isHead);
  }

  private void send(
      ChannelHandlerContext ctx, HttpAnswer answer, boolean keepAlive, boolean isHead) {
    DefaultFullHttpResponse response =
        new DefaultFullHttpResponse(
            HttpVersion.HTTP_1_1,
            HttpResponseStatus.valueOf(answer.status()),
            isHead ? Unpooled.EMPTY_BUFFER : Unpooled.wrappedBuffer(answer.body()));
    response
        .headers()
        .set(HttpHeaderNames.CONTENT_TYPE, answer.contentType())
        .set(HttpHeaderNames.CONTENT_LENGTH, answer.body().length)
        .set(HttpHeaderNames.CACHE_CONTROL, "no-store")
        .set("x-content-type-options", "nosniff");
    answer.headers().forEach((name, value) -> response.headers().set(name, value));
    if (keepAlive) {
      response.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.KEEP_ALIVE);
    } else {
      response.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
      isClosing = true;
    }
    closeAfter(ctx, limits.send());
    var written = ctx.writeAndFlush(response);
    if (!keepAlive) {
      written.addListener(done -> closeByHalves(ctx));
      return;
    }
    written.addListener(
        done -> {
          if (done.isSuccess()) {
            goOn(ctx);
          } else {
            ctx.close();
          }
        });
  }

  /**
   * Ends what is sent, and lets the client see it: closing at once while it still sends would have
   * the answer overtaken by a reset.
   */
  private void closeByHalves(ChannelHandlerContext ctx) {
    ctx.channel().config().setAutoRead(true);
    closeAfter(ctx, limits.linger());
    if (ctx.channel() instanceof SocketChannel socket) {
      socket.shutdownOutput();
    }
  }

  /** The answer is sent; what came behind its request is next. */
  private void goOn(ChannelHandlerContext ctx) {
    closeAfter(ctx, limits.idle());
    while (!isAnswering && !isClosing && !early.isEmpty()) {
      Object next = early.poll();
      try {
        take(ctx, next);
      } finally {
        ReferenceCountUtil.release(next);
      }
    }
    if (!isAnswering && !isClosing) {
      ctx.channel().config().setAutoRead(true);
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    // The connection broke, most likely; whoever was there will see it.
    LOGGER.debug("an HTTP connection failed", cause);
    ctx.close();
  }
}
