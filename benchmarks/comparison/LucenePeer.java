import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.BreakIterator;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.apache.lucene.analysis.core.WhitespaceAnalyzer;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.IntField;
import org.apache.lucene.document.NumericDocValuesField;
import org.apache.lucene.document.StoredField;
import org.apache.lucene.document.StringField;
import org.apache.lucene.document.TextField;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.NumericDocValues;
import org.apache.lucene.index.ReaderUtil;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.BooleanClause.Occur;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.PhraseQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.TermQuery;
import org.apache.lucene.search.TopDocs;
import org.apache.lucene.search.similarities.BM25Similarity;
import org.apache.lucene.search.uhighlight.LengthGoalBreakIterator;
import org.apache.lucene.search.uhighlight.UnifiedHighlighter;
import org.apache.lucene.store.FSDirectory;

/**
 * Lucene for benchmarks/compare.py: builds an index from the corpus's file, or answers lines on standard input.
 * Every clock runs here, around Lucene's own calls, so that no pipe is measured.
 */
public final class LucenePeer {
  private static final String[] TEXTS = {"title", "body", "title_forms", "body_forms"};

  private final IndexSearcher searcher;
  private final WhitespaceAnalyzer analyzer = new WhitespaceAnalyzer();
  private final List<Query> asked = new ArrayList<>();

  private LucenePeer(Path index) throws Exception {
    searcher = new IndexSearcher(DirectoryReader.open(FSDirectory.open(index)));
    searcher.setSimilarity(new BM25Similarity(1.2f, 0.75f));
  }

  public static void main(String[] given) throws Exception {
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    if (given[0].equals("build")) {
      build(Path.of(given[1]), Path.of(given[2]), Integer.parseInt(given[3]), out);
      return;
    }
    long started = System.nanoTime();
    LucenePeer peer = new LucenePeer(Path.of(given[1]));
    out.println(System.nanoTime() - started);
    BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      out.println(peer.answer(line.split("\t", -1)));
    }
  }

  private static void build(Path corpus, Path index, int most, PrintStream out) throws Exception {
    IndexWriterConfig config = new IndexWriterConfig(new WhitespaceAnalyzer());
    config.setRAMBufferSizeMB(128).setSimilarity(new BM25Similarity(1.2f, 0.75f));
    long nanos = 0;
    int count = 0;
    long started = System.nanoTime();
    IndexWriter writer = new IndexWriter(FSDirectory.open(index), config);
    nanos += System.nanoTime() - started;
    try (BufferedReader lines = Files.newBufferedReader(corpus)) {
      for (String line = lines.readLine(); line != null && count < most; line = lines.readLine(), count++) {
        String[] columns = line.split("\t", -1);
        started = System.nanoTime();
        Document document = new Document();
        document.add(new NumericDocValuesField("number", Long.parseLong(columns[0])));
        document.add(new StringField("source", columns[1], Field.Store.NO));
        document.add(new IntField("day", Integer.parseInt(columns[2]), Field.Store.NO));
        document.add(new StoredField("headline", columns[3]));
        for (int place = 0; place < TEXTS.length; place++) {
          Field.Store store = TEXTS[place].equals("body") ? Field.Store.YES : Field.Store.NO;
          document.add(new TextField(TEXTS[place], columns[5 + place], store));
        }
        writer.addDocument(document);
        nanos += System.nanoTime() - started;
      }
    }
    started = System.nanoTime();
    writer.close();
    nanos += System.nanoTime() - started;
    out.println(count + "\t" + nanos + "\t" + memory());
  }

  /** "query KIND SOURCE SINCE UNTIL WORD..." or "WHAT QUERY COUNT" or "memory". */
  private String answer(String[] line) throws Exception {
    switch (line[0]) {
      case "memory":
        return Long.toString(memory());
      case "query":
        asked.add(query(line));
        return Integer.toString(asked.size() - 1);
      default:
        return timed(line[0], asked.get(Integer.parseInt(line[1])), Integer.parseInt(line[2]));
    }
  }

  private static Query query(String[] line) {
    BooleanQuery.Builder any = new BooleanQuery.Builder();
    for (String field : new String[] {"title", "body"}) {
      if (line[1].equals("phrase")) {
        PhraseQuery.Builder phrase = new PhraseQuery.Builder();
        for (int place = 5; place < line.length; place++) {
          phrase.add(new Term(field + "_forms", line[place]));
        }
        any.add(phrase.build(), Occur.SHOULD);
        continue;
      }
      for (int place = 5; place < line.length; place++) {
        any.add(new TermQuery(new Term(field, line[place])), Occur.SHOULD);
      }
    }
    if (line[2].isEmpty()) {
      return any.build();
    }
    return new BooleanQuery.Builder()
        .add(any.build(), Occur.MUST)
        .add(new TermQuery(new Term("source", line[2])), Occur.FILTER)
        .add(IntField.newRangeQuery("day", Integer.parseInt(line[3]), Integer.parseInt(line[4])), Occur.FILTER)
        .build();
  }

  private String timed(String what, Query query, int count) throws Exception {
    long started = System.nanoTime();
    List<Object> found = new ArrayList<>();
    if (what.equals("total")) {
      searcher.search(query, count);
      found.add(searcher.count(query));
      return (System.nanoTime() - started) + "\t" + found.get(0);
    }
    TopDocs top = searcher.search(query, count);
    if (what.equals("ids")) {
      for (ScoreDoc hit : top.scoreDocs) {
        LeafReaderContext leaf = searcher.getIndexReader().leaves()
            .get(ReaderUtil.subIndex(hit.doc, searcher.getIndexReader().leaves()));
        NumericDocValues numbers = leaf.reader().getNumericDocValues("number");
        numbers.advanceExact(hit.doc - leaf.docBase);
        found.add(numbers.longValue());
      }
    } else {
      for (ScoreDoc hit : top.scoreDocs) {
        found.add(searcher.storedFields().document(hit.doc, Set.of("headline")).get("headline"));
      }
    }
    if (what.equals("snippets")) {
      UnifiedHighlighter highlighter = UnifiedHighlighter.builder(searcher, analyzer)
          .withBreakIterator(() -> LengthGoalBreakIterator.createClosestToLength(
              BreakIterator.getWordInstance(Locale.ROOT), 240, 0.5f))
          .build();
      found.clear();
      for (String text : highlighter.highlight("body", query, top, 1)) {
        found.add(text == null ? "" : text);
      }
    }
    StringBuilder line = new StringBuilder().append(System.nanoTime() - started);
    for (Object one : found) {
      line.append('\t').append(one);
    }
    return line.toString();
  }

  /** Most resident memory of this process in bytes, as Linux counts it; 0 where it does not say. */
  private static long memory() throws Exception {
    Path status = Path.of("/proc/self/status");
    if (!Files.exists(status)) {
      return 0;
    }
    for (String line : Files.readAllLines(status)) {
      if (line.startsWith("VmHWM:")) {
        return 1024 * Long.parseLong(line.replaceAll("\\D", ""));
      }
    }
    return 0;
  }
}
