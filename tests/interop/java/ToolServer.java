import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.lang.reflect.InvocationTargetException;
import org.apache.kafka.common.utils.Exit;

/**
 * Runs Kafka's command line tools one after the other in one JVM, for a JVM's start costs more than
 * what most of them do. Over standard input and output:
 *
 *   request = stdin-text count *argument      ; the first argument is the class
 *   answer  = status output-text              ; what it wrote to stdout and stderr
 *   texts   = i32 length, UTF-8
 */
public class ToolServer {
  /** Thrown where a tool would end its JVM. Some catch all that is thrown: the first end counts. */
  static class Ended extends RuntimeException {
    Ended() {
      super(null, null, false, false);
    }
  }

  static class Call {
    final ByteArrayOutputStream text = new ByteArrayOutputStream();
    Integer status;
    int textAtEnd;

    synchronized Ended end(int code, String message) {
      if (status == null) {
        if (message != null) System.err.println(message);
        System.out.flush();
        status = code;
        textAtEnd = text.size();
      }
      return new Ended();
    }
  }

  static String readText(DataInputStream in) throws Exception {
    return new String(in.readNBytes(in.readInt()), StandardCharsets.UTF_8);
  }

  static void run(String[] words, Call call) {
    String[] arguments = java.util.Arrays.copyOfRange(words, 1, words.length);
    try {
      Class.forName(words[0]).getMethod("main", String[].class).invoke(null, (Object) arguments);
      call.end(0, null);
    } catch (InvocationTargetException wrapped) {
      Throwable cause = wrapped.getCause();
      if (!(cause instanceof Ended) && call.status == null) cause.printStackTrace();
      call.end(70, null);
    } catch (ReflectiveOperationException error) {
      call.end(71, error.toString());
    }
  }

  public static void main(String[] ignored) throws Exception {
    DataInputStream in = new DataInputStream(System.in);
    DataOutputStream out = new DataOutputStream(System.out);
    // Logging keeps the stream that it finds first; the answers go by another way.
    PrintStream log = System.err;
    while (true) {
      String input;
      try {
        input = readText(in);
      } catch (java.io.EOFException end) {
        Runtime.getRuntime().halt(0);
        return;
      }
      String[] words = new String[in.readInt()];
      for (int i = 0; i < words.length; ++i) words[i] = readText(in);
      Call call = new Call();
      Exit.Procedure ended = (status, message) -> { throw call.end(status, message); };
      Exit.setExitProcedure(ended);
      Exit.setHaltProcedure(ended);
      PrintStream stream = new PrintStream(call.text, true, "UTF-8");
      System.setOut(stream);
      System.setErr(stream);
      System.setIn(new java.io.ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)));
      scala.Console$.MODULE$.withOut(stream, (scala.Function0<Object>) () -> {
        run(words, call);
        return null;
      });
      System.setErr(log);
      out.writeInt(call.status);
      out.writeInt(call.textAtEnd);
      out.write(call.text.toByteArray(), 0, call.textAtEnd);
      out.flush();
    }
  }
}
