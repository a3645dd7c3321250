// JDBC: what its metadata shows of tables, columns, keys and comments, as BI tools read them; prepared statements whose
// values come in binary. The private server is reached through its socket, which Java's driver needs help for.
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.math.BigDecimal;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Date;
import java.sql.DatabaseMetaData;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.TreeMap;
import javax.net.SocketFactory;

public class Jdbc {
	static int checked = 0;

	static void check(String what, Object got, Object expected) {
		checked++;
		if (!expected.equals(got))
			throw new AssertionError(what + ": " + got + ", not " + expected);
	}

	public static void main(String[] args) throws Exception {
		Properties properties = new Properties();
		properties.setProperty("user", System.getenv("PGUSER"));
		properties.setProperty("socketFactory", "Jdbc$UnixSockets");
		properties.setProperty("prepareThreshold", "1");
		properties.setProperty("stringtype", "unspecified");
		try (Connection connection = DriverManager.getConnection("jdbc:postgresql://localhost/" + System.getenv("PGDATABASE"), properties)) {
			connection.createStatement().execute(Files.readString(Path.of("test/clients/crm.sql")));
			metadata(connection.getMetaData());
			values(connection);
			System.out.println("JDBC " + connection.getMetaData().getDriverVersion() + ": " + checked + " checks");
		}
	}

	static void metadata(DatabaseMetaData metadata) throws SQLException {
		TreeMap<String, String> tables = new TreeMap<>();
		try (ResultSet rows = metadata.getTables(null, "crm", "%", new String[] {"TABLE", "VIEW"})) {
			while (rows.next()) {
				tables.put(rows.getString("TABLE_NAME"), rows.getString("TABLE_TYPE"));
				check("comment on " + rows.getString("TABLE_NAME"), rows.getString("REMARKS") != null, true);
			}
		}
		check("opportunity", tables.get("opportunity"), "TABLE");
		for (String view : List.of("bi_opportunity", "bi_line", "bi_stage_history"))
			check(view, tables.get(view), "VIEW");

		TreeMap<String, Integer> types = new TreeMap<>();
		try (ResultSet rows = metadata.getColumns(null, "crm", "%", "%")) {
			while (rows.next()) {
				String column = rows.getString("TABLE_NAME") + "." + rows.getString("COLUMN_NAME");
				if (!tables.containsKey(rows.getString("TABLE_NAME")))
					continue;
				types.put(column, rows.getInt("DATA_TYPE"));
				check("comment on " + column, rows.getString("REMARKS") != null, true);
			}
		}
		check("amount", types.get("bi_opportunity.amount"), Types.NUMERIC);
		check("won_amount", types.get("bi_opportunity.won_amount"), Types.NUMERIC);
		check("closed_on", types.get("bi_opportunity.closed_on"), Types.DATE);
		check("archived", types.get("bi_opportunity.archived"), Types.BIT);
		check("title", types.get("bi_opportunity.title"), Types.VARCHAR);
		check("days", types.get("bi_stage_history.days"), Types.NUMERIC);
		check("date", types.get("calendar.date"), Types.DATE);

		check("primary key", keys(metadata.getPrimaryKeys(null, "crm", "opportunity"), "COLUMN_NAME"), List.of("id"));
		check("primary key", keys(metadata.getPrimaryKeys(null, "crm", "calendar"), "COLUMN_NAME"), List.of("date"));
		List<String> imported = keys(metadata.getImportedKeys(null, "crm", "opportunity"), "FKCOLUMN_NAME", "PKTABLE_NAME", "PKCOLUMN_NAME");
		for (String key : List.of("account_id account id", "pipeline_id pipeline id", "stage_id stage id"))
			check("imported key " + key, imported.contains(key), true);
		check("cross reference", keys(metadata.getCrossReference(null, "crm", "opportunity", null, "crm", "opportunity_line"), "FKCOLUMN_NAME", "PKCOLUMN_NAME"),
			List.of("opportunity_id id"));
	}

	static List<String> keys(ResultSet rows, String... columns) throws SQLException {
		List<String> keys = new ArrayList<>();
		try (rows) {
			while (rows.next()) {
				List<String> values = new ArrayList<>();
				for (String column : columns)
					values.add(rows.getString(column));
				keys.add(String.join(" ", values));
			}
		}
		return keys;
	}

	static void values(Connection connection) throws SQLException {
		BigDecimal largest = new BigDecimal("12345678901234567890.123456789");
		try (PreparedStatement statement = connection.prepareStatement("SELECT id, amount, created_on, title FROM crm.bi_opportunity WHERE amount >= ? AND created_on >= ? ORDER BY amount DESC")) {
			for (int turn = 0; turn < 5; turn++) {
				statement.setBigDecimal(1, largest);
				statement.setDate(2, Date.valueOf("2026-01-12"));
				try (ResultSet rows = statement.executeQuery()) {
					check("a row", rows.next(), true);
					check("id", rows.getLong(1), 2L);
					check("amount", rows.getBigDecimal(2), largest);
					check("created_on", rows.getDate(3).toString(), "2026-01-12");
					check("title", rows.getString(4), "بیمارستان");
					check("no more", rows.next(), false);
				}
			}
		}
		try (PreparedStatement statement = connection.prepareStatement("SELECT dimensions, count, final_total, win_rate FROM opportunities.report('crm.opportunity', by => ?, scope => ?)")) {
			statement.setArray(1, connection.createArrayOf("text", new String[] {"currency", "month(closed_on)"}));
			statement.setString(2, "{\"state\": \"won\"}");
			for (int turn = 0; turn < 3; turn++) {
				try (ResultSet rows = statement.executeQuery()) {
					check("a row", rows.next(), true);
					check("dimensions", rows.getString(1), "{\"currency\": \"USD\", \"month(closed_on)\": \"2026-02-01\"}");
					check("count", rows.getLong(2), 1L);
					check("final_total", rows.getBigDecimal(3), new BigDecimal("70.00"));
					check("win_rate", rows.getBigDecimal(4).compareTo(BigDecimal.ONE), 0);
					check("no more", rows.next(), false);
				}
			}
		}
		try (PreparedStatement statement = connection.prepareStatement("SELECT opportunities.totals(amount, probability, realized_amount, currency) FROM crm.opportunity WHERE currency = 'USD'")) {
			for (int turn = 0; turn < 3; turn++) {
				try (ResultSet rows = statement.executeQuery()) {
					check("a row", rows.next(), true);
					check("totals", rows.getString(1), "\"USD\"(2,970.00,790.000000,0.00)");
				}
			}
		}
		try {
			connection.createStatement().executeQuery("SELECT opportunities.report('crm.opportunity', '{ownr}')");
			throw new AssertionError("an unknown field was not refused");
		} catch (org.postgresql.util.PSQLException error) {
			check("state", error.getSQLState(), "42703");
			check("code", error.getServerErrorMessage().getConstraint(), "unknown_field");
			check("field", error.getServerErrorMessage().getColumn(), "ownr");
		}
	}

	/** Sockets that lead to the private server, whatever host they are asked for. */
	public static class UnixSockets extends SocketFactory {
		@Override
		public Socket createSocket() {
			return new UnixSocket();
		}

		@Override
		public Socket createSocket(String host, int port) throws IOException {
			Socket socket = createSocket();
			socket.connect(null);
			return socket;
		}

		@Override
		public Socket createSocket(String host, int port, InetAddress local, int localPort) throws IOException {
			return createSocket(host, port);
		}

		@Override
		public Socket createSocket(InetAddress host, int port) throws IOException {
			return createSocket((String) null, port);
		}

		@Override
		public Socket createSocket(InetAddress host, int port, InetAddress local, int localPort) throws IOException {
			return createSocket((String) null, port);
		}
	}

	static class UnixSocket extends Socket {
		private SocketChannel channel;

		@Override
		public void connect(SocketAddress address) throws IOException {
			connect(address, 0);
		}

		@Override
		public void connect(SocketAddress address, int timeout) throws IOException {
			String port = System.getenv().getOrDefault("PGPORT", "5432");
			channel = SocketChannel.open(UnixDomainSocketAddress.of(System.getenv("PGHOST") + "/.s.PGSQL." + port));
		}

		@Override
		public InputStream getInputStream() {
			return Channels.newInputStream(channel);
		}

		@Override
		public OutputStream getOutputStream() {
			return Channels.newOutputStream(channel);
		}

		@Override
		public boolean isConnected() {
			return channel != null;
		}

		@Override
		public void setTcpNoDelay(boolean on) {}

		@Override
		public void setKeepAlive(boolean on) {}

		@Override
		public void setSoTimeout(int timeout) {}

		@Override
		public int getSoTimeout() {
			return 0;
		}

		@Override
		public void setSendBufferSize(int size) {}

		@Override
		public void setReceiveBufferSize(int size) {}

		@Override
		public int getSendBufferSize() {
			return 8192;
		}

		@Override
		public int getReceiveBufferSize() {
			return 8192;
		}

		@Override
		public void close() throws IOException {
			if (channel != null)
				channel.close();
		}
	}
}
